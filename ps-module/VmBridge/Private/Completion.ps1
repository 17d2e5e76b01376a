# Words for the Tab key, from the server: in a fifth of a second or not at all. One that does not run yet is started for the next time.

$script:VmbPatience = 180

function Complete-VmbWord([string] $Kind, [string] $Word, $Bound) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        $typed = $Word.Trim('''', '"')
        $request = Get-VmbCompletionRequest $Kind $typed $Bound
        if ($null -eq $request) { return }
        Import-VmbShape
        $session = Find-VmbSession $Bound['Session']
        $connection = Get-VmbCompletionConnection $session
        if ($null -eq $connection) { return }
        $id = Send-VmbRequest $connection $request.Tool $request.Params
        $answer = Wait-VmbAnswer $connection $id $null ([int][Math]::Max(0, $script:VmbPatience - $clock.ElapsedMilliseconds))
        if ($null -eq $answer) { Send-VmbNotification $connection '$/cancelRequest' @{ id = $id }; return }
        if (-not $answer.ContainsKey('result')) { return }
        $rows = (Get-VmbPair $answer 'result')[$script:VmbTools[$request.Tool]['Main']]
        Select-VmbWord $rows $request.Fields $typed
    } catch [System.Management.Automation.PipelineStoppedException] { throw } catch { $null = $_ }
}

# What to ask for. A checkpoint needs the machine that stands on the line already.
function Get-VmbCompletionRequest([string] $Kind, [string] $Word, $Bound) {
    switch ($Kind) {
        'machine' { return @{ Tool = 'vm.list'; Params = @{ name = "$($Word -replace '[*?]', '')*"; limit = 100 }; Fields = 'name', 'id' } }
        'network' { return @{ Tool = 'network.list'; Params = $(if ($Bound['Provider']) { @{ provider = [string]$Bound['Provider'] } } else { @{} }); Fields = 'name', 'id' } }
        'provider' { return @{ Tool = 'provider.list'; Params = @{}; Fields = , 'id' } }
        'operation' { return @{ Tool = 'operation.list'; Params = @{}; Fields = , 'id' } }
        'proof' { return @{ Tool = 'proof.list'; Params = @{ limit = 50 }; Fields = , 'id' } }
        'host' { return @{ Tool = 'host.list'; Params = @{}; Fields = , 'name' } }
        'credential' { return @{ Tool = 'credential.list'; Params = @{}; Fields = , 'name' } }
        'checkpoint' {
            if ($Bound['VM']) { return @{ Tool = 'vm.checkpoint.list'; Params = @{ vm = [string]$Bound['VM'] }; Fields = 'name', 'id' } }
        }
    }
}

# A connection that is there; nobody waits at the Tab key for a server that has yet to start or has ended.
function Get-VmbCompletionConnection($Session) {
    $connection = $Session.Connection
    if ($null -ne $connection -and ($null -ne $connection.Broken -or $connection.Process.HasExited)) { return }
    if ($null -eq $connection) { return Open-VmbSessionServer $Session }
    $connection
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
