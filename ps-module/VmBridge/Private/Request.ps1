# One request with everything that belongs to it: progress, the log's lines, cancelling, and a server that ends meanwhile.

# The result of a method as dictionaries. Throws the Fault as an exception. Repeats says that asking twice does no harm.
function Invoke-VmbRequest($Cmdlet, $Session, [string] $Method, $Params, [string] $Activity, [bool] $Repeats) {
    $connection = Get-VmbConnection $Cmdlet $Session
    $answer = Get-VmbAnswer $Cmdlet $connection $Method $Params $Activity
    if ($null -eq $answer) {
        $cause = Get-VmbLastWord $connection
        if (-not $connection.Answered) { throw (ConvertTo-VmbStartFault $Session $connection $cause) }
        if (-not $Repeats) {
            throw (ConvertTo-VmbFault 'unavailable' "The server ended during $Method, which may be done in part or not at all.$cause" 'See what has become of it, then do it again if need be; the next call starts a new server.' $null $null $connection.Cause)
        }
        Close-VmbConnection $Session
        Clear-VmbTrace $Cmdlet $connection.Cause
        $Cmdlet.WriteWarning("The server ended during $Method, which changes nothing and is asked again.$cause")
        $connection = Get-VmbConnection $Cmdlet $Session
        $answer = Get-VmbAnswer $Cmdlet $connection $Method $Params $Activity
        if ($null -eq $answer) {
            throw (ConvertTo-VmbFault 'unavailable' "The server ended during $Method, twice.$(Get-VmbLastWord $connection)" 'Run "vmbridge doctor", which says what does not work here.')
        }
    }
    if ($answer.ContainsKey('error')) { throw (ConvertTo-VmbRequestError (Get-VmbPair $answer 'error')) }
    Get-VmbPair $answer 'result'
}

# Nothing that was understood came from what was started.
function ConvertTo-VmbStartFault($Session, $Connection, [string] $Cause) {
    $what = 'vmbridge ended as soon as it was started.'
    if ($Connection.Broken -like 'It sent*') { $what = "What was started does not speak as vmbridge does. $($Connection.Broken)" }
    $remedy = 'Mend what it says; it needs Node.js 22.19 or later.'
    $name = $Session.Info.hostName
    if ($name -ne 'localhost') { $remedy = "Try `"ssh $name vmbridge --version`" at a prompt: it has to sign in and to answer; trust in the host and a key are set up there." }
    ConvertTo-VmbFault 'unavailable' "$what$Cause" $remedy $null $null $Connection.Cause
}

function ConvertTo-VmbRequestError($ErrorPairs) {
    $data = Get-VmbPair $ErrorPairs 'data'
    if ($data -is [System.Collections.Generic.Dictionary[string, object]] -and $data.ContainsKey('code')) { return ConvertTo-VmbException $data }
    ConvertTo-VmbFault 'failed' ([string]$ErrorPairs['message']) $null $null $null
}

# Sends a request and waits for its answer. When the pipeline is stopped meanwhile (Ctrl+C), the server is told so.
function Get-VmbAnswer($Cmdlet, $Connection, [string] $Method, $Params, [string] $Activity) {
    Send-VmbLogLevel $Connection
    $shown = $Activity -and $ProgressPreference -ne 'SilentlyContinue' -and $ProgressPreference -ne 'Ignore'
    if ($shown) { $Params = Add-VmbToken $Connection $Params }
    # What can not be told in JSON is an error of this one call.
    try { $id = Send-VmbRequest $Connection $Method $Params } catch [System.ArgumentException] { throw (Get-VmbException $_) }
    $whole = $false
    $onMessage = {
        param($Name, $Told)
        if ($Name -eq 'rpc.log') { Write-VmbLogLine $Cmdlet $Told }
        elseif ($Name -eq '$/progress' -and $shown) { Write-VmbProgress $Cmdlet $Activity $Told }
    }
    try {
        $answer = Wait-VmbAnswer $Connection $id $onMessage
        $whole = $true
    } finally {
        if (-not $whole) { Close-VmbRequest $Connection $id }
        if ($shown -and $whole) { Complete-VmbProgress $Cmdlet $Activity }
    }
    , $answer
}

# A client that has given up waits a moment: what the call had made is gone when the prompt is back.
function Close-VmbRequest($Connection, [int] $Id) {
    if ($null -ne $Connection.Broken) { return }
    # A server that does not even read what it is sent is of no use any more.
    if ($null -ne $Connection.Writing -and -not $Connection.Writing.Wait(2000)) {
        $Connection.Broken = 'It did not read its input.'
        $Connection.Process.Kill()
        return
    }
    Send-VmbNotification $Connection '$/cancelRequest' @{ id = $Id }
    $null = Wait-VmbAnswer $Connection $Id $null 5000
}

function Add-VmbToken($Connection, $Params) {
    $all = [ordered]@{ workDoneToken = "p$($Connection.NextId + 1)" }
    foreach ($pair in $Params.GetEnumerator()) { $all[$pair.Key] = $pair.Value }
    $all
}

# Asks for the lines of the server's log that the preferences of the cmdlet would show.
function Send-VmbLogLevel($Connection) {
    $level = if ($DebugPreference -ne 'SilentlyContinue' -and $DebugPreference -ne 'Ignore') { 'debug' }
    elseif ($VerbosePreference -ne 'SilentlyContinue' -and $VerbosePreference -ne 'Ignore') { 'info' }
    else { 'warn' }
    if ($Connection.LogLevel -eq $level) { return }
    $Connection.LogLevel = $level
    Send-VmbNotification $Connection 'rpc.setLogLevel' @{ level = $level }
}

function Write-VmbLogLine($Cmdlet, $Told) {
    $text = [string]$Told['message']
    switch ($Told['level']) {
        'debug' { $Cmdlet.WriteDebug($text) }
        'info' { $Cmdlet.WriteVerbose($text) }
        'warn' { $Cmdlet.WriteWarning($text) }
        # What failed comes as the error of the call.
        default { $Cmdlet.WriteVerbose($text) }
    }
}

# Two lines: what the cmdlet does, and below it what the server is at.
function Write-VmbProgress($Cmdlet, [string] $Activity, $Told) {
    $value = Get-VmbPair $Told 'value'
    $outer = [System.Management.Automation.ProgressRecord]::new(7301, $Cmdlet.MyInvocation.MyCommand.Name, $Activity)
    $text = [string]$value['message']
    $inner = [System.Management.Automation.ProgressRecord]::new(7302, $(if ($text) { $text } else { ' ' }), ' ')
    $inner.ParentActivityId = 7301
    if ($value.ContainsKey('percentage')) {
        $inner.PercentComplete = $outer.PercentComplete = [Math]::Max(0, [Math]::Min(100, [int]$value['percentage']))
        $inner.StatusDescription = "$($inner.PercentComplete) %"
    }
    $Cmdlet.WriteProgress($outer)
    $Cmdlet.WriteProgress($inner)
}

function Complete-VmbProgress($Cmdlet, [string] $Activity) {
    foreach ($id in 7302, 7301) {
        $record = [System.Management.Automation.ProgressRecord]::new($id, $Cmdlet.MyInvocation.MyCommand.Name, $Activity)
        $record.RecordType = [System.Management.Automation.ProgressRecordType]::Completed
        $Cmdlet.WriteProgress($record)
    }
}
