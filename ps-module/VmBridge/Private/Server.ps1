# Finding and starting the program that does the work: `vmbridge rpc --attended` over standard input and output.

# The command line of the server: program, then its arguments. Throws a fault with what to install.
function Find-VmbServer {
    $named = [System.Environment]::GetEnvironmentVariable('VMBRIDGE_SERVER')
    if ($named) {
        if ($named -like '*.js') { return , @((Find-VmbNode @()), $named) }
        return , @($named)
    }
    $module = $ExecutionContext.SessionState.Module.ModuleBase
    $own = [System.IO.Path]::Combine($module, 'server')
    $suffix = if ([System.IO.Path]::DirectorySeparatorChar -eq '\') { '.exe' } else { '' }
    $executable = [System.IO.Path]::Combine($own, "vmbridge$suffix")
    if ([System.IO.File]::Exists($executable)) { return , @($executable) }
    # A checkout has the program where it is built, with the Node that its scripts use.
    $checkout = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($module, '..', '..'))
    foreach ($place in @(@($own, $own), @([System.IO.Path]::Combine($checkout, 'dist'), [System.IO.Path]::Combine($checkout, 'node_modules', 'node', 'bin')))) {
        $script = [System.IO.Path]::Combine($place[0], 'vmbridge.js')
        if (-not [System.IO.File]::Exists($script)) { continue }
        return , @((Find-VmbNode @([System.IO.Path]::Combine($place[1], "node$suffix"))), $script)
    }
    $installed = Get-Command -Name vmbridge -CommandType Application -ErrorAction Ignore
    foreach ($found in $installed) { return , @($found.Source) }
    throw (ConvertTo-VmbFault 'unavailable' 'The program vmbridge is not here.' 'Install the package vmbridge with npm, or the module that carries it.')
}

function Find-VmbNode([string[]] $Candidates) {
    foreach ($candidate in $Candidates) { if ([System.IO.File]::Exists($candidate)) { return $candidate } }
    foreach ($found in Get-Command -Name node -CommandType Application -ErrorAction Ignore) { return $found.Source }
    throw (ConvertTo-VmbFault 'unavailable' 'Node.js is not installed, which runs vmbridge.' 'Install Node.js 22.19 or later (Windows: winget install OpenJS.NodeJS.LTS), then open a new PowerShell.')
}

# One argument as Windows programs, and .NET on other systems, read it back from a command line.
function ConvertTo-VmbArgument([string] $Word) {
    if ($Word -ne '' -and $Word -notmatch '[\s"]') { return $Word }
    '"' + ([regex]::Replace($Word, '(\\*)("|$)', { $args[0].Groups[1].Value * 2 + $(if ($args[0].Groups[2].Value) { '\"' }) })) + '"'
}

# What keeps the Ctrl+C of a terminal from the server: it is for the call that is waited for, and would end all that is under
# way. A server gets a session of its own; ssh, which asks its questions at the terminal, is told to take no notice.
function Get-VmbShield([string[]] $Command) {
    if ([System.IO.Path]::DirectorySeparatorChar -eq '\' -or -not [System.IO.File]::Exists($Command[0])) { return , @() }
    if ([System.IO.Path]::GetFileName($Command[0]) -eq 'ssh') { return , @('/bin/sh', '-c', 'trap "" INT; exec "$@"', 'ssh') }
    foreach ($place in '/usr/bin/setsid', '/bin/setsid') { if ([System.IO.File]::Exists($place)) { return , @($place) } }
    , @()
}

# Starts a server and returns the connection to it.
function Open-VmbServer([string[]] $Command) {
    $start = [System.Diagnostics.ProcessStartInfo]::new()
    $words = (Get-VmbShield $Command) + $Command
    $start.FileName = $words[0]
    $start.Arguments = (@(for ($at = 1; $at -lt $words.Count; $at++) { ConvertTo-VmbArgument $words[$at] }) -join ' ')
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $start.StandardErrorEncoding = [System.Text.UTF8Encoding]::new($false)
    # The folder of a session must stay free to be removed.
    $start.WorkingDirectory = [System.Environment]::GetFolderPath([System.Environment+SpecialFolder]::UserProfile)
    $process = [System.Diagnostics.Process]::new()
    $process.StartInfo = $start
    $errors = [System.Collections.Concurrent.ConcurrentQueue[string]]::new()
    $process.add_ErrorDataReceived((Get-VmbErrorHandler $errors))
    try { [void]$process.Start() } catch {
        $cause = $_.Exception.GetBaseException().Message
        $first = $_.Exception
        throw (ConvertTo-VmbFault 'unavailable' "vmbridge could not be started: $cause" "Check that $($Command[0]) can be run." $null $null $first)
    }
    # Somebody has to read it, or a server that says much would wait for ever.
    $process.BeginErrorReadLine()
    $connection = Open-VmbConnection $process.StandardInput.BaseStream $process.StandardOutput.BaseStream
    $connection.Process = $process
    $connection.Errors = $errors
    Register-VmbRunspaceEnd $connection
    $connection
}

# Keeps the last lines of standard error. Compiled, because it is called by threads that have no runspace for a script block.
function Get-VmbErrorHandler($Queue) {
    $source = [System.Linq.Expressions.Expression]::Parameter([object])
    $happened = [System.Linq.Expressions.Expression]::Parameter([System.Diagnostics.DataReceivedEventArgs])
    $dropped = [System.Linq.Expressions.Expression]::Variable([string])
    $target = [System.Linq.Expressions.Expression]::Constant($Queue)
    $add = [System.Linq.Expressions.Expression]::Call($target, $Queue.GetType().GetMethod('Enqueue'), [System.Linq.Expressions.Expression]::Property($happened, 'Data'))
    $drop = [System.Linq.Expressions.Expression]::Call($target, $Queue.GetType().GetMethod('TryDequeue'), $dropped)
    $full = [System.Linq.Expressions.Expression]::GreaterThan([System.Linq.Expressions.Expression]::Property($target, 'Count'), [System.Linq.Expressions.Expression]::Constant(100))
    [System.Linq.Expressions.Expression[]] $steps = $add, [System.Linq.Expressions.Expression]::IfThen($full, $drop)
    $body = [System.Linq.Expressions.Expression]::Block([System.Linq.Expressions.ParameterExpression[]] @($dropped), $steps)
    [System.Linq.Expressions.Expression]::Lambda([System.Diagnostics.DataReceivedEventHandler], $body, [System.Linq.Expressions.ParameterExpression[]] @($source, $happened)).Compile()
}

# A runspace that is closed runs no code of its modules any more; closing the pipe is what ends the server then.
function Register-VmbRunspaceEnd($Connection) {
    $runspace = [runspace]::DefaultRunspace
    if ($null -eq $runspace) { return }
    $source = [System.Linq.Expressions.Expression]::Parameter([object])
    $happened = [System.Linq.Expressions.Expression]::Parameter([System.Management.Automation.Runspaces.RunspaceStateEventArgs])
    $info = [System.Linq.Expressions.Expression]::Property($happened, 'RunspaceStateInfo')
    $state = [System.Linq.Expressions.Expression]::Convert([System.Linq.Expressions.Expression]::Property($info, 'State'), [int])
    $ended = [System.Linq.Expressions.Expression]::GreaterThan($state, [System.Linq.Expressions.Expression]::Constant([int][System.Management.Automation.Runspaces.RunspaceState]::Opened))
    $close = [System.Linq.Expressions.Expression]::Call([System.Linq.Expressions.Expression]::Constant($Connection.Input), [System.IO.Stream].GetMethod('Dispose', [type[]] @()))
    $body = [System.Linq.Expressions.Expression]::IfThen($ended, $close)
    $handler = [System.Linq.Expressions.Expression]::Lambda([System.EventHandler[System.Management.Automation.Runspaces.RunspaceStateEventArgs]], $body, [System.Linq.Expressions.ParameterExpression[]] @($source, $happened)).Compile()
    $runspace.add_StateChanged($handler)
    $Connection.Unregister = { $runspace.remove_StateChanged($handler) }.GetNewClosure()
}

# Ends a server: the end of its input tells it to clean up and go.
function Close-VmbServer($Connection) {
    try { $Connection.Input.Dispose() } catch { $null = $_ }
    if ($null -ne $Connection.Unregister) { & $Connection.Unregister }
    if ($null -eq $Connection.Process) { return }
    try {
        # One that never answered, or speaks what is not understood, has nothing to clear up.
        $patience = if ($null -eq $Connection.Broken -and $Connection.Answered) { 15000 } else { 2000 }
        if (-not $Connection.Process.WaitForExit($patience)) { $Connection.Process.Kill() }
        $Connection.Process.Dispose()
    } catch [System.InvalidOperationException] { $null = $_ }
}
