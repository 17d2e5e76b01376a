# JSON-RPC 2.0 with Content-Length framing over two streams, read by whoever waits for an answer: no thread of its own.

$script:VmbUtf8 = [System.Text.UTF8Encoding]::new($false)
$script:VmbLargestMessage = 1GB
# What the profile of an account may print before the server speaks.
$script:VmbMostNoise = 64KB
$script:VmbHead = [regex] '(?i)content-length:[ \t]*(\d{1,10})[ \t]*\r\n(?:[\w-]+:[^\r\n]*\r\n)*\r\n'

function Open-VmbConnection([System.IO.Stream] $In, [System.IO.Stream] $Out) {
    @{
        Input = $In; Output = $Out; Process = $null; Errors = $null; Unregister = $null
        Buffer = [byte[]]::new(65536); Start = 0; End = 0; Reading = $null; Writing = $null
        NextId = 0; Waiting = @{}; Answers = @{}; Broken = $null; Cause = $null; Begun = $false; Noise = ''; Answered = $false; LogLevel = 'off'
    }
}

# Writes one message. What the pipe does not take at once is waited for, so that a stop is noticed.
function Send-VmbMessage($Connection, [string] $Json) {
    if ($null -ne $Connection.Broken) { return }
    $body = $script:VmbUtf8.GetBytes($Json)
    $head = [System.Text.Encoding]::ASCII.GetBytes("Content-Length: $($body.Length)`r`n`r`n")
    $bytes = [byte[]]::new($head.Length + $body.Length)
    [System.Buffer]::BlockCopy($head, 0, $bytes, 0, $head.Length)
    [System.Buffer]::BlockCopy($body, 0, $bytes, $head.Length, $body.Length)
    try {
        # The rest of a message whose sender was stopped comes first.
        if ($null -ne $Connection.Writing) { while (-not $Connection.Writing.Wait(100)) { } }
        $Connection.Writing = $Connection.Input.WriteAsync($bytes, 0, $bytes.Length)
        while (-not $Connection.Writing.Wait(100)) { }
        $Connection.Writing = $null
        $Connection.Input.Flush()
    } catch [System.Management.Automation.PipelineStoppedException] {
        throw
    } catch {
        Complete-VmbConnection $Connection 'Its input was closed.' $_
    }
}

function Send-VmbNotification($Connection, [string] $Method, $Params) {
    Send-VmbMessage $Connection ('{"jsonrpc":"2.0","method":' + (ConvertTo-VmbJsonString $Method) + ',"params":' + (ConvertTo-VmbJson $Params) + '}')
}

# Sends a request; its answer is asked for by the number.
function Send-VmbRequest($Connection, [string] $Method, $Params) {
    $Connection.NextId++
    $id = $Connection.NextId
    $json = '{"jsonrpc":"2.0","id":' + $id + ',"method":' + (ConvertTo-VmbJsonString $Method) + ',"params":' + (ConvertTo-VmbJson $Params) + '}'
    $Connection.Waiting[$id] = $true
    Send-VmbMessage $Connection $json
    $id
}

# The answer to a request, or null when the time is over. OnMessage gets each notification meanwhile.
function Wait-VmbAnswer($Connection, [int] $Id, [scriptblock] $OnMessage, [int] $Milliseconds = -1) {
    $clock = if ($Milliseconds -ge 0) { [System.Diagnostics.Stopwatch]::StartNew() }
    while ($true) {
        # Somebody else who waited, such as the action of an event, may have read it.
        if ($Connection.Answers.ContainsKey($Id)) {
            $answer = $Connection.Answers[$Id]
            $Connection.Answers.Remove($Id)
            return , $answer
        }
        $patience = if ($null -eq $clock) { 100 } else { [Math]::Min(100, $Milliseconds - $clock.ElapsedMilliseconds) }
        if ($patience -lt 0) { $Connection.Waiting.Remove($Id); return }
        $message = Read-VmbMessage $Connection $patience
        if ($null -eq $message) {
            if ($null -eq $Connection.Broken) { continue }
            $Connection.Waiting.Remove($Id)
            return , $null
        }
        Receive-VmbMessage $Connection $message $OnMessage
    }
}

function Receive-VmbMessage($Connection, $Message, [scriptblock] $OnMessage) {
    if ($Message.ContainsKey('method')) {
        if ($null -ne $OnMessage) { & $OnMessage ([string]$Message['method']) (Get-VmbPair $Message 'params') }
        return
    }
    $id = $Message['id'] -as [int]
    # The answer to what was given up is of no use.
    if ($null -eq $id -or -not $Connection.Waiting.ContainsKey($id)) { return }
    $Connection.Waiting.Remove($id)
    $Connection.Answered = $true
    $Connection.Answers[$id] = $Message
}

# The next message, or null: nothing came in time, or the server is gone, which Broken tells.
function Read-VmbMessage($Connection, [int] $Milliseconds) {
    $wait = $Milliseconds
    while ($null -eq $Connection.Broken) {
        $message = Get-VmbFrame $Connection
        if ($null -ne $message) { return , $message }
        if ($null -ne $Connection.Broken) { return }
        if ($null -eq $Connection.Reading) {
            $space = $Connection.Buffer.Length - $Connection.End
            try { $Connection.Reading = $Connection.Output.ReadAsync($Connection.Buffer, $Connection.End, $space) } catch { Complete-VmbConnection $Connection 'Its output was closed.' $_; return }
        }
        try { if (-not $Connection.Reading.Wait($wait)) { return } } catch [System.AggregateException] { Complete-VmbConnection $Connection 'Its output was closed.' $_; return }
        $count = $Connection.Reading.Result
        $Connection.Reading = $null
        if ($count -eq 0) { $Connection.Broken = 'It has ended.'; return }
        $Connection.End += $count
    }
}

# The exception is kept, because PowerShell has noted it where the person finds it.
function Complete-VmbConnection($Connection, [string] $Reason, $ErrorRecord) {
    $Connection.Broken = $Reason
    if ($null -ne $ErrorRecord) { $Connection.Cause = $ErrorRecord.Exception.GetBaseException() }
}

# A whole message of what has been read, or null. Makes room for the rest of one that is larger than the buffer.
function Get-VmbFrame($Connection) {
    $length = $Connection.End - $Connection.Start
    $size = 0
    $body = -1
    $head = if ($length -gt 0) { Find-VmbHead $Connection $length }
    if ($null -ne $Connection.Broken) { return }
    # What stood before the head has been passed over.
    $length = $Connection.End - $Connection.Start
    if ($null -ne $head) {
        $size = [int]$head.Groups[1].Value
        $body = $head.Index + $head.Length
    }
    if ($body -ge 0 -and $length -ge $body + $size) {
        $text = $script:VmbUtf8.GetString($Connection.Buffer, $Connection.Start + $body, $size)
        $Connection.Start += $body + $size
        if ($Connection.Start -eq $Connection.End) { $Connection.Start = $Connection.End = 0 }
        try { return , (ConvertFrom-VmbJson $text) } catch { Complete-VmbConnection $Connection 'It sent what is not JSON.' $_; return }
    }
    Resize-VmbBuffer $Connection ([Math]::Max($body, 0) + $size)
}

# The head of the next message. Before the first one there may be what the profile of an account prints, on another machine.
function Find-VmbHead($Connection, [int] $Length) {
    $most = if ($Connection.Begun) { 200 } else { $script:VmbMostNoise }
    $text = [System.Text.Encoding]::ASCII.GetString($Connection.Buffer, $Connection.Start, [Math]::Min($Length, $most))
    $found = $script:VmbHead.Match($text)
    if ($found.Success -and ($found.Index -eq 0 -or -not $Connection.Begun) -and [long]$found.Groups[1].Value -le $script:VmbLargestMessage) {
        if ($found.Index -eq 0) { $Connection.Begun = $true; return $found }
        $Connection.Noise = $script:VmbUtf8.GetString($Connection.Buffer, $Connection.Start, $found.Index)
        $Connection.Start += $found.Index
        return Find-VmbHead $Connection ($Length - $found.Index)
    }
    if ($found.Success -or $Length -ge $most) { $Connection.Broken = 'It sent what is no message.' }
}

function Resize-VmbBuffer($Connection, [int] $Needed) {
    $length = $Connection.End - $Connection.Start
    $wanted = [Math]::Max($Needed, $length + 4096)
    if ($Connection.Start + $wanted -le $Connection.Buffer.Length) { return }
    # A large message has passed: its room is given back.
    $size = [Math]::Max(65536, $wanted)
    $target = $Connection.Buffer
    if ($size -gt $target.Length -or $target.Length -gt 16MB) { $target = [byte[]]::new($size) }
    [System.Buffer]::BlockCopy($Connection.Buffer, $Connection.Start, $target, 0, $length)
    $Connection.Buffer = $target
    $Connection.Start = 0
    $Connection.End = $length
}
