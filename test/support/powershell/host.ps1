# Runs scripts in the real engine for a test: one line of base64 JSON each on standard input, one line of JSON as answer.
$ErrorActionPreference = 'Stop'
$runspaces = @{}

function ConvertTo-Plain($value, [int] $depth = 0) {
    if ($null -eq $value -or $depth -gt 12) { return $null }
    $base = $value
    if ($value -is [psobject]) { $base = $value.psobject.BaseObject }
    if ($base -is [string] -or $base -is [bool] -or $base -is [int] -or $base -is [long] -or $base -is [double]) { return $base }
    if ($base -is [datetime]) { return @{ '$datetime' = $base.ToUniversalTime().ToString('o'); kind = "$($base.Kind)" } }
    if ($base -is [enum] -or $base -is [valuetype]) { return "$base" }
    if ($base -is [System.Collections.IDictionary]) {
        $result = @{ '$dictionary' = @(foreach ($key in $base.get_Keys()) { , @([string]$key, (ConvertTo-Plain $base[$key] ($depth + 1))) }) }
        return $result
    }
    if ($base -is [System.Management.Automation.PSCustomObject]) {
        $result = @{}
        foreach ($property in $value.psobject.Properties) { if ($property.MemberType -eq 'NoteProperty') { $result[$property.Name] = ConvertTo-Plain $property.Value ($depth + 1) } }
        $types = @($value.psobject.TypeNames | Where-Object { $_ -notlike 'System.*' })
        if ($types.Count -gt 0) { $result['$type'] = $types[0] }
        return $result
    }
    if ($base -is [System.Collections.IEnumerable]) { return , @(foreach ($item in $base) { , (ConvertTo-Plain $item ($depth + 1)) }) }
    "$base"
}

function ConvertTo-PlainError($record) {
    $data = @{}
    foreach ($key in $record.Exception.Data.Keys) { if ($key -is [string]) { $data[$key] = ConvertTo-Plain $record.Exception.Data[$key] } }
    @{
        message = $record.Exception.Message; id = $record.FullyQualifiedErrorId; category = "$($record.CategoryInfo.Category)"
        target = ConvertTo-Plain $record.TargetObject; action = "$($record.ErrorDetails.RecommendedAction)"; data = $data
    }
}

function Get-TestRunspace($request) {
    if ($request.runspace -and $runspaces.ContainsKey($request.runspace)) { return $runspaces[$request.runspace] }
    $state = if ($request.bare) { [initialsessionstate]::CreateDefault2() } else { [initialsessionstate]::CreateDefault() }
    $runspace = [runspacefactory]::CreateRunspace($state)
    $runspace.Open()
    # As in a host that has nothing but System.Management.Automation.
    if ($request.bare) { $runspace.SessionStateProxy.SetVariable('PSModuleAutoLoadingPreference', 'None') }
    if ($request.runspace) { $runspaces[$request.runspace] = $runspace }
    $runspace
}

function Invoke-Test($request) {
    $runspace = Get-TestRunspace $request
    $shell = [powershell]::Create()
    $shell.Runspace = $runspace
    [void]$shell.AddScript($request.script)
    $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
    $stopMilliseconds = $null
    if ($request.stopAfterProgress) {
        while (-not $running.IsCompleted -and $shell.Streams.Progress.Count -lt $request.stopAfterProgress) { [System.Threading.Thread]::Sleep(20) }
        $clock.Restart()
        $shell.Stop()
        $stopMilliseconds = $clock.ElapsedMilliseconds
    }
    $failure = $null
    try { $null = $shell.EndInvoke($running) } catch [System.Management.Automation.PipelineStoppedException] { $null = $_ } catch { $failure = $_.Exception.InnerException }
    $errors = @($shell.Streams.Error | ForEach-Object { ConvertTo-PlainError $_ })
    if ($failure -is [System.Management.Automation.IContainsErrorRecord]) { $errors += ConvertTo-PlainError $failure.ErrorRecord }
    $answer = @{
        output = @(foreach ($item in $output) { , (ConvertTo-Plain $item) })
        errors = @($errors); terminated = $null -ne $failure
        warnings = @($shell.Streams.Warning | ForEach-Object { $_.Message })
        verbose = @($shell.Streams.Verbose | ForEach-Object { $_.Message })
        debug = @($shell.Streams.Debug | ForEach-Object { $_.Message })
        progress = @($shell.Streams.Progress | ForEach-Object { @{ id = $_.ActivityId; parent = $_.ParentActivityId; activity = $_.Activity; status = $_.StatusDescription; percent = $_.PercentComplete; type = "$($_.RecordType)" } })
        milliseconds = $clock.ElapsedMilliseconds; stopMilliseconds = $stopMilliseconds; state = "$($shell.InvocationStateInfo.State)"
    }
    $shell.Dispose()
    if (-not $request.runspace) { $runspace.Dispose() }
    $answer
}

while ($null -ne ($line = [Console]::In.ReadLine())) {
    $request = [System.Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($line)) | ConvertFrom-Json
    if ($request.close) {
        if ($runspaces.ContainsKey($request.close)) { $runspaces[$request.close].Dispose(); $runspaces.Remove($request.close) }
        $answer = @{}
    } else { $answer = Invoke-Test $request }
    [Console]::Out.WriteLine('##' + (ConvertTo-Json -InputObject $answer -Depth 30 -Compress -EscapeHandling EscapeNonAscii))
    [Console]::Out.Flush()
}
