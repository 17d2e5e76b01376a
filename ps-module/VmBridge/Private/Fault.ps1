# Errors: what the bridge calls a Fault, as PowerShell's error records.

# JSON-RPC errors of the protocol itself carry no Fault.
$script:VmbCategories = @{
    invalid = 'InvalidArgument'; cancelled = 'OperationStopped'; not_found = 'ObjectNotFound'; ambiguous = 'InvalidArgument'
    unavailable = 'ResourceUnavailable'; unsupported = 'NotImplemented'; conflict = 'ResourceExists'; denied = 'PermissionDenied'
    approval_required = 'SecurityError'; timeout = 'OperationTimeout'; busy = 'ResourceBusy'; host_fault = 'DeviceError'; failed = 'NotSpecified'
}

# An exception that carries a Fault, to be thrown or made into an error record.
function New-VmbException([string] $Code, [string] $Message, [string] $Remedy, $Data, [string] $Log, $Cause) {
    $exception = [System.InvalidOperationException]::new($Message, [System.Exception]$Cause)
    $exception.Data['code'] = $Code
    if ($Remedy) { $exception.Data['remedy'] = $Remedy }
    if ($null -ne $Data) { $exception.Data['data'] = $Data }
    if ($Log) { $exception.Data['log'] = $Log }
    $exception
}

# The exception of a Fault as it travels.
function ConvertTo-VmbException($Fault) {
    $pairs = ConvertTo-VmbPair $Fault
    $data = if ($pairs.ContainsKey('data')) { ConvertTo-VmbObject $pairs['data'] $null }
    $remedy = if ($pairs.ContainsKey('remedy')) { $pairs['remedy'] }
    $log = if ($pairs.ContainsKey('log')) { $pairs['log'] }
    New-VmbException $pairs['code'] $pairs['message'] $remedy $data $log
}

function ConvertTo-VmbErrorRecord($Exception, $Target) {
    $code = [string]$Exception.Data['code']
    if (-not $script:VmbCategories.ContainsKey($code)) { $code = 'failed' }
    $record = [System.Management.Automation.ErrorRecord]::new($Exception, "vmbridge.$code", $script:VmbCategories[$code], $Target)
    $advice = @((ConvertTo-VmbAdvice $Exception.Data['remedy']), $(if ($Exception.Data['log']) { "Log: $($Exception.Data['log'])" })) -ne $null -join ' '
    if ($advice) {
        $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($Exception.Message)
        $record.ErrorDetails.RecommendedAction = $advice
    }
    $record
}

# Reports an error about one item; whether the pipeline goes on is for -ErrorAction to say.
function Write-VmbError($Cmdlet, $Exception, $Target) {
    # PowerShell notes what is thrown and caught, and not the same exception twice; it is to stand in $Error once, as this one.
    $noted = $Cmdlet.GetVariableValue('global:Error')
    while ($noted.Count -gt 0 -and $noted[0].Exception -in $Exception, $Exception.InnerException) { $noted.RemoveAt(0) }
    $fresh = [System.InvalidOperationException]::new($Exception.Message, $Exception.InnerException)
    foreach ($key in $Exception.Data.Keys) { $fresh.Data[$key] = $Exception.Data[$key] }
    $Cmdlet.WriteError((ConvertTo-VmbErrorRecord $fresh $Target))
}

# The remedy in the words of this shell: cmdlets instead of tools, but for the commands in it.
function ConvertTo-VmbAdvice([string] $Remedy) {
    if (-not $Remedy) { return $null }
    [regex]::Replace($Remedy, '(?<!vmbridge call )(?<![\w.])[a-z][a-zA-Z]*(\.[a-z][a-zA-Z]*)+(?![\w.]*\w)', [System.Text.RegularExpressions.MatchEvaluator] {
            $word = $args[0].Value
            if ($null -ne $script:VmbTools -and $script:VmbTools.ContainsKey($word)) { $script:VmbTools[$word]['Cmdlet'] } else { $word }
        })
}
