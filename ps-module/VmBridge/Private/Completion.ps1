# Words for the Tab key, from the server that runs: in a fifth of a second or not at all. None is started for a word.

$script:VmbPatience = 180

# What is asked for each kind of word, and which fields of the rows are words. Place: the host and provider on the line narrow it.
$script:VmbWords = @{
    network = @{ Tool = 'network.list'; Fields = 'name', 'id'; Place = $true }
    provider = @{ Tool = 'provider.list'; Fields = , 'id' }
    operation = @{ Tool = 'operation.list'; Fields = , 'id' }
    proof = @{ Tool = 'proof.list'; Fields = , 'id'; Params = @{ limit = 50 } }
    host = @{ Tool = 'host.list'; Fields = , 'name' }
    credential = @{ Tool = 'credential.list'; Fields = , 'name' }
    approval = @{ Tool = 'approval.list'; Fields = , 'id'; Params = @{ state = 'pending' } }
    key = @{ Tool = 'config.get'; Fields = , 'key' }
    storage = @{ Tool = 'storage.list'; Fields = , 'name'; Place = $true }
    node = @{ Tool = 'node.list'; Fields = , 'name'; Place = $true }
    volume = @{ Tool = 'storage.contents'; Fields = , 'id'; Params = @{ limit = 200 }; Place = $true }
    backup = @{ Tool = 'backup.list'; Fields = , 'id'; Params = @{ limit = 200 }; Place = $true }
    task = @{ Tool = 'task.list'; Fields = , 'id'; Place = $true }
    backupJob = @{ Tool = 'backup.job.list'; Fields = , 'id'; Place = $true }
    replication = @{ Tool = 'replication.list'; Fields = , 'id'; Place = $true }
    rule = @{ Tool = 'ha.list'; List = 'rules'; Fields = , 'id'; Place = $true }
    checkpoint = @{ Tool = 'vm.checkpoint.list'; Fields = 'name', 'id'; Machine = $true }
    adapter = @{ Tool = 'vm.adapter.list'; Fields = , 'key'; Machine = $true }
}

function Complete-VmbWord([string] $Kind, [string] $Word, $Bound) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        $typed = $Word.Trim('''', '"')
        if ($Kind -eq 'session') { return Select-VmbWord @(foreach ($session in $script:VmbSessions.Values) { @{ name = $session.Info.name } }) @('name') $typed }
        $connection = Get-VmbCompletionConnection $Bound['Session']
        if ($null -eq $connection) { return }
        Import-VmbShape
        $request = Get-VmbCompletionRequest $Kind $typed $Bound
        if ($null -eq $request) { return }
        $id = Send-VmbRequest $connection $request.Tool $request.Params
        $answer = Wait-VmbAnswer $connection $id $null ([int][Math]::Max(0, $script:VmbPatience - $clock.ElapsedMilliseconds))
        if ($null -eq $answer) { Send-VmbNotification $connection '$/cancelRequest' @{ id = $id }; return }
        if (-not $answer.ContainsKey('result')) { return }
        $rows = (Get-VmbPair $answer 'result')[$request.List]
        Select-VmbWord $rows $request.Fields $typed
    } catch [System.Management.Automation.PipelineStoppedException] { throw } catch { $null = $_ }
}

# What to ask for. A checkpoint needs the machine that stands on the line already.
function Get-VmbCompletionRequest([string] $Kind, [string] $Word, $Bound) {
    if ($Kind -eq 'machine') {
        # A pattern finds names only; what has a colon is the beginning of an id.
        $params = if ($Word.Contains(':')) { @{ text = $Word; limit = 100 } } else { @{ name = "$($Word -replace '[*?]', '')*"; limit = 100 } }
        return @{ Tool = 'vm.list'; Params = $params; List = 'machines'; Fields = 'name', 'id' }
    }
    $source = $script:VmbWords[$Kind]
    if ($null -eq $source) { return }
    $params = @{}
    if ($source.ContainsKey('Params')) { foreach ($pair in $source['Params'].GetEnumerator()) { $params[$pair.Key] = $pair.Value } }
    $machine = "$(@($Bound['VM'])[0])"
    if ($source.ContainsKey('Machine')) {
        if (-not $machine) { return }
        $params['vm'] = $machine
    }
    if ($source.ContainsKey('Place')) {
        if ($Bound['Provider']) { $params['provider'] = [string]$Bound['Provider'] }
        if ($Bound['HostName']) { $params['host'] = [string]$Bound['HostName'] }
        elseif ($machine -match '^([a-z][a-z0-9]*):([^/]+)/') { $params['provider'] = $Matches[1]; $params['host'] = $Matches[2] }
    }
    $list = if ($source.ContainsKey('List')) { $source['List'] } else { $script:VmbTools[$source['Tool']]['Main'] }
    @{ Tool = $source['Tool']; Params = $params; List = $list; Fields = $source['Fields'] }
}

# The connection of the session on the line, or of the one in use: nobody waits at the Tab key for a server that has yet to start.
function Get-VmbCompletionConnection($Wanted) {
    if ($script:VmbSessions.Count -eq 0) { return }
    $connection = (Find-VmbSession $Wanted).Connection
    if ($null -ne $connection -and $null -eq $connection.Broken -and -not $connection.Process.HasExited) { return $connection }
}

function Select-VmbWord($Rows, [string[]] $Fields, [string] $Typed) {
    $seen = [System.Collections.Generic.HashSet[string]]::new()
    foreach ($field in $Fields) {
        foreach ($item in $Rows) {
            $row = ConvertTo-VmbPair $item
            $text = [string]$row[$field]
            # Ids only where they are what was begun to be typed.
            if ($field -eq 'id' -and $Fields.Count -gt 1 -and $Typed -eq '') { continue }
            if (-not $text.StartsWith($Typed, [System.StringComparison]::OrdinalIgnoreCase) -or -not $seen.Add($text)) { continue }
            $shown = ConvertTo-VmbPlainText $text
            $hint = if ($row.ContainsKey('id')) { ConvertTo-VmbPlainText "$($row['id']) $($row['state'])".Trim() } else { $shown }
            [System.Management.Automation.CompletionResult]::new((ConvertTo-VmbQuotedWord $text), $shown, 'ParameterValue', $hint)
        }
    }
}

# A word as it has to stand on a command line to be taken as it is.
function ConvertTo-VmbQuotedWord([string] $Text) {
    if ($Text -match '^[a-zA-Z0-9_./:\\-]+$' -and $Text -notmatch '^[-.]') { return $Text }
    "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($Text) + "'"
}
