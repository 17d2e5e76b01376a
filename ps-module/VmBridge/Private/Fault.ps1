# Errors: what the bridge calls a Fault, as PowerShell's error records.

# JSON-RPC errors of the protocol itself carry no Fault.
$script:VmbCategories = @{
    invalid = 'InvalidArgument'; cancelled = 'OperationStopped'; not_found = 'ObjectNotFound'; ambiguous = 'InvalidArgument'
    unavailable = 'ResourceUnavailable'; unsupported = 'NotImplemented'; conflict = 'ResourceExists'; denied = 'PermissionDenied'
    approval_required = 'SecurityError'; timeout = 'OperationTimeout'; busy = 'ResourceBusy'; host_fault = 'DeviceError'; failed = 'NotSpecified'
}

# An exception that carries a Fault, to be thrown or made into an error record.
function ConvertTo-VmbFault([string] $Code, [string] $Message, [string] $Remedy, $Data, [string] $Log, $Cause) {
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
    ConvertTo-VmbFault $pairs['code'] $pairs['message'] $remedy $data $log
}

function ConvertTo-VmbErrorRecord($Exception, $Target) {
    $code = [string]$Exception.Data['code']
    if (-not $script:VmbCategories.ContainsKey($code)) { $code = 'failed' }
    $record = [System.Management.Automation.ErrorRecord]::new($Exception, "vmbridge.$code", $script:VmbCategories[$code], $Target)
    $advice = ConvertTo-VmbAdvice $Exception.Data['remedy']
    if ($Exception.Data['log']) { $advice = "$advice Log: $($Exception.Data['log'])".Trim() }
    if ($advice) {
        $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($Exception.Message)
        $record.ErrorDetails.RecommendedAction = $advice
    }
    $record
}

# Reports an error about one item; whether the pipeline goes on is for -ErrorAction to say.
function Write-VmbError($Cmdlet, $Exception, $Target) {
    Clear-VmbTrace $Cmdlet $Exception
    $fresh = [System.InvalidOperationException]::new($Exception.Message, $Exception.InnerException)
    foreach ($key in $Exception.Data.Keys) { $fresh.Data[$key] = $Exception.Data[$key] }
    $Cmdlet.WriteError((ConvertTo-VmbErrorRecord $fresh $Target))
}

# PowerShell notes an exception in $Error, and in the variable of -ErrorVariable, for each function that it passes on its way to
# where it is caught. There it is to stand once, as the error of the cmdlet.
function Clear-VmbTrace($Cmdlet, $Exception) {
    if ($null -eq $Exception) { return }
    $lists = @(, $Cmdlet.GetVariableValue('global:Error'))
    $bound = $Cmdlet.MyInvocation.BoundParameters
    if ($bound.ContainsKey('ErrorVariable')) { $lists += , $Cmdlet.GetVariableValue($bound['ErrorVariable'].TrimStart('+')) }
    foreach ($list in $lists) {
        if ($list -isnot [System.Collections.IList]) { continue }
        for ($at = $list.Count - 1; $at -ge 0; $at--) {
            $noted = $list[$at]
            if ($noted -is [System.Management.Automation.ErrorRecord]) { $noted = $noted.Exception }
            if (-not ($noted -is [System.Exception])) { continue }
            # The innermost is the one that was thrown first, whatever it was wrapped in since.
            $first = $noted.GetBaseException()
            if ($first -eq $Exception -or $first -eq $Exception.GetBaseException()) { $list.RemoveAt($at) }
        }
    }
}

# Flags of the command line that remedies name, and what they are called here.
$script:VmbFlags = [ordered]@{
    '--force (evenIfUsed)' = '-EvenIfUsed'; '--skip-test (skipTest)' = '-SkipTest'; '--skip-test' = '-SkipTest'
    '--replace' = '-Replace'; '--fingerprint ' = '-Fingerprints '; '--method ' = '-Method '
}

# The remedy in the words of this shell: cmdlets instead of tools, and instead of the command line where that says the same.
function ConvertTo-VmbAdvice([string] $Remedy) {
    if (-not $Remedy -or $null -eq $script:VmbTools) { return $Remedy }
    foreach ($pair in $script:VmbFlags.GetEnumerator()) { $Remedy = $Remedy.Replace($pair.Key, $pair.Value) }
    $command = '\bvmbridge (?:call ([a-zA-Z.]+)(?: (--help)|((?: --[a-zA-Z]+ [\w.:/@-]*[\w/])*))|((?:host|credential|config) [a-z]+))(?![^.;]* --)(?!\w)'
    $text = [regex]::Replace($Remedy, $command, [System.Text.RegularExpressions.MatchEvaluator] { ConvertTo-VmbCommand $args[0] })
    [regex]::Replace($text, '(?<!vmbridge call )(?<![\w.])[a-z][a-zA-Z]*(\.[a-z][a-zA-Z]*)+(?![\w.]*\w)', [System.Text.RegularExpressions.MatchEvaluator] {
            $word = $args[0].Value
            if ($script:VmbTools.ContainsKey($word)) { $script:VmbTools[$word]['Cmdlet'] } else { $word }
        })
}

function ConvertTo-VmbCommand($Found) {
    $tool = ($Found.Groups[1].Value + $Found.Groups[4].Value).Replace(' ', '.')
    if (-not $script:VmbTools.ContainsKey($tool)) { return $Found.Value }
    $spec = $script:VmbTools[$tool]
    if ($Found.Groups[2].Success) { return "Get-Help $($spec['Cmdlet'])" }
    $words = @($spec['Cmdlet'])
    foreach ($flag in [regex]::Matches($Found.Groups[3].Value, '--(\w+) (\S+)')) {
        $parameter = @($spec['Fields'].GetEnumerator() | ForEach-Object { if ($_.Value -eq $flag.Groups[1].Value) { $_.Key } })
        if ($parameter.Count -ne 1) { return $Found.Value }
        $words += "-$($parameter[0])", $flag.Groups[2].Value
    }
    $words -join ' '
}
