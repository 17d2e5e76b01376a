# The sessions of this runspace: one server each, started when it is first needed.

$script:VmbSessions = [ordered]@{}
$script:VmbDefault = $null
$script:VmbLastSession = 0
$script:VmbShapesLoaded = $false

function Import-VmbShape {
    if ($script:VmbShapesLoaded) { return }
    . ([System.IO.Path]::Combine($ExecutionContext.SessionState.Module.ModuleBase, 'Data', 'Shapes.ps1'))
    $script:VmbShapesLoaded = $true
}

# Makes a session; its server is started by the first call.
function Add-VmbSession([string] $Name, [string] $HostName, [string[]] $Command) {
    $script:VmbLastSession++
    $info = [pscustomobject]@{ id = $script:VmbLastSession; name = $Name; hostName = $HostName; command = $Command; startedAt = $null }
    $info.psobject.TypeNames.Insert(0, 'VmBridge.Session')
    $session = @{ Info = $info; Connection = $null }
    $script:VmbSessions["$($info.id)"] = $session
    $session
}

# The session that a cmdlet was given, by object, id or name, or the one in use. Throws when there is none of that name.
function Find-VmbSession($Wanted) {
    if ($null -eq $Wanted) {
        if ($null -ne $script:VmbDefault -and $script:VmbSessions.Contains($script:VmbDefault)) { return $script:VmbSessions[$script:VmbDefault] }
        $local = Add-VmbSession 'local' 'localhost' $null
        $script:VmbDefault = "$($local.Info.id)"
        return $local
    }
    $word = if ($Wanted.psobject.TypeNames -contains 'VmBridge.Session') { [string]$Wanted.id } else { [string]$Wanted }
    if ($script:VmbSessions.Contains($word)) { return $script:VmbSessions[$word] }
    foreach ($session in $script:VmbSessions.Values) { if ($session.Info.name -eq $word) { return $session } }
    throw (ConvertTo-VmbFault 'not_found' "There is no session `"$word`"." 'See Get-VmBridge; Connect-VmBridge opens one.')
}

# The connection of a session, to a server that runs. One that has ended meanwhile is started anew, which is said.
function Get-VmbConnection($Cmdlet, $Session) {
    $connection = $Session.Connection
    if ($null -ne $connection) {
        if ($null -eq $connection.Broken -and -not $connection.Process.HasExited) { return $connection }
        $cause = Get-VmbLastWord $connection
        Close-VmbConnection $Session
        $Cmdlet.WriteWarning("The server of the session `"$($Session.Info.name)`" had ended and is started again. What it had under way is lost.$cause")
    }
    Open-VmbSessionServer $Session
}

# Starts the server of a session, which has none, and returns the connection to it.
function Open-VmbSessionServer($Session) {
    if ($null -eq $Session.Info.command) { $Session.Info.command = (Find-VmbServer) + @('rpc', '--attended') }
    $Session.Connection = Open-VmbServer $Session.Info.command
    $Session.Info.startedAt = [datetime]::Now
    $Session.Connection
}

function Close-VmbConnection($Session) {
    $connection = $Session.Connection
    $Session.Connection = $null
    if ($null -ne $connection) { Close-VmbServer $connection }
}

function Close-VmbSession($Session) {
    $id = "$($Session.Info.id)"
    Close-VmbConnection $Session
    $script:VmbSessions.Remove($id)
    if ($script:VmbDefault -eq $id) { $script:VmbDefault = $null }
}

function Close-VmbAllSession {
    foreach ($session in @($script:VmbSessions.Values)) { Close-VmbSession $session }
}

# The end of what a server said beside the protocol: why it has ended, as far as it could tell.
function Get-VmbLastWord($Connection) {
    if ($null -ne $Connection.Process) {
        # The last lines come with the end of the process.
        try { [void]$Connection.Process.WaitForExit(500) } catch [System.InvalidOperationException] { $null = $_ }
    }
    $noise = $Connection.Noise
    if (-not $Connection.Begun -and $Connection.End -gt $Connection.Start) {
        $noise = $script:VmbUtf8.GetString($Connection.Buffer, $Connection.Start, $Connection.End - $Connection.Start)
    }
    $lines = @(foreach ($line in ($noise -split '\n') + $Connection.Errors.ToArray()) {
            $clean = [regex]::Replace("$line", '[\x00-\x1f\x7f-\x9f\ufffd]', '')
            if ($clean) { $clean.Substring(0, [Math]::Min(500, $clean.Length)) }
        })
    if ($lines.Count -eq 0) { return '' }
    $from = [Math]::Max(0, $lines.Count - 5)
    ' It said: ' + ($lines[$from..($lines.Count - 1)] -join ' ').Trim()
}
