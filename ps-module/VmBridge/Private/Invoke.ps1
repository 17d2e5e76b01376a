# Making a call, and putting out what it answers. Objects are put out where nothing is caught: what fails further on in the
# pipeline is no error of the call.

function Invoke-VmbCall($Call) {
    if ($Call.Spec.ContainsKey('Paged')) { return Write-VmbPage $Call }
    $result = Get-VmbResult $Call {
        if ($Call.Spec.ContainsKey('Long')) { Invoke-VmbLongCall $Call }
        else { Invoke-VmbRequest $Call.Cmdlet $Call.Session $Call.Tool $Call.Params '' (Test-VmbRepeatable $Call) }
    }
    if ($null -eq $result) { return }
    # The result is there with -NoWait, too: that it was begun.
    if ($Call.NoWait) { return ConvertTo-VmbRecord (Get-VmbPair $result 'operation') $script:VmbShapes['Operation'] }
    Write-VmbResult $Call $result
}

# What the block gives, or null when it was a Fault, which is reported as the error of the call.
function Get-VmbResult($Call, [scriptblock] $Block) {
    try { & $Block } catch [System.Management.Automation.PipelineStoppedException] { throw } catch {
        if (-not $_.Exception.Data.Contains('code')) { throw }
        Write-VmbError $Call.Cmdlet $_.Exception $Call.Target
    }
}

# A call that looks only can be made again, unless it is asked to write what it sees into a new file.
function Test-VmbRepeatable($Call) {
    if ($Call.Spec['Effect'] -ne 'read') { return $false }
    -not $Call.Spec.ContainsKey('NewFile') -or -not $Call.Params.Contains($Call.Spec['NewFile'])
}

# Starts an operation and waits for its end, however long it takes. With NoWait the answer is that it was begun.
function Invoke-VmbLongCall($Call) {
    $activity = "$($Call.Target)"
    if (-not $activity) { $activity = $Call.Spec['Caption'] }
    $params = [ordered]@{}
    foreach ($pair in $Call.Params.GetEnumerator()) { $params[$pair.Key] = $pair.Value }
    $params['wait'] = if ($Call.NoWait) { 0 } else { 86400 }
    $answer = Invoke-VmbRequest $Call.Cmdlet $Call.Session $Call.Tool $params $activity (Test-VmbRepeatable $Call)
    if ($Call.NoWait) { return $answer }
    if ($answer.ContainsKey('result')) { return Get-VmbEnd $answer }
    $operation = Get-VmbPair $answer 'operation'
    Wait-VmbEnd $Call.Cmdlet $Call.Session $operation['id'] $activity
}

# The result of an operation that outlasted its call. A stop of the pipeline cancels it.
function Wait-VmbEnd($Cmdlet, $Session, [string] $Operation, [string] $Activity) {
    $ended = $false
    try {
        while ($true) {
            $answer = Invoke-VmbRequest $Cmdlet $Session 'operation.wait' ([ordered]@{ operation = $Operation; seconds = 3600 }) $Activity $true
            $report = Get-VmbPair $answer 'operation'
            if ($report['state'] -eq 'running') { continue }
            $ended = $true
            if ($report.ContainsKey('fault')) { throw (ConvertTo-VmbException $report['fault']) }
            return Get-VmbEnd $report
        }
    } finally {
        if (-not $ended -and $null -ne $Session.Connection -and $null -eq $Session.Connection.Broken) {
            $null = Send-VmbRequest $Session.Connection 'operation.cancel' @{ operation = $Operation }
        }
    }
}

# The result of ended work, with what undoes it as a remark.
function Get-VmbEnd($Answer) {
    $result = Get-VmbPair $Answer 'result'
    if ($null -ne $result -and $Answer.ContainsKey('undo')) {
        $undo = Get-VmbPair $Answer 'undo'
        if ($undo.ContainsKey('summary')) { $undo['summary'] = ConvertTo-VmbAdvice $undo['summary'] }
        $result['undo'] = $undo
    }
    $result
}

# What a result says beside what was asked for goes to the warnings.
function Write-VmbRemark($Cmdlet, $Result) {
    if ($Result.ContainsKey('warnings')) { foreach ($warning in $Result['warnings']) { $Cmdlet.WriteWarning($warning) } }
    if ($Result.ContainsKey('missing') -and $Result['missing'] -is [System.Collections.IEnumerable]) {
        foreach ($one in $Result['missing']) {
            $told = ConvertTo-VmbPair $one
            if ($told -isnot [System.Collections.Generic.Dictionary[string, object]] -or -not $told.ContainsKey('provider')) { continue }
            $remedy = if ($told.ContainsKey('remedy')) { " $($told['remedy'])" }
            $Cmdlet.WriteWarning("$($told['provider']) gave no answer: $($told['reason'])$remedy")
        }
    }
    if ($Result.ContainsKey('damaged')) { foreach ($id in $Result['damaged']) { $Cmdlet.WriteWarning("$id can not be read.") } }
}

function Write-VmbResult($Call, $Result) {
    $cmdlet = $Call.Cmdlet
    $spec = $Call.Spec
    Write-VmbRemark $cmdlet $Result
    if ($spec.ContainsKey('Silent')) { return }
    $shape = if ($spec.ContainsKey('Shape')) { $script:VmbShapes[$spec['Shape']] }
    if (-not $spec.ContainsKey('Main')) {
        $object = ConvertTo-VmbRecord $Result $shape
        if ($Result.ContainsKey('warnings')) { $object.psobject.Properties.Remove('warnings') }
        return $object
    }
    $main = $Result[$spec['Main']]
    if ($main -is [System.Dynamic.ExpandoObject] -or $main -is [System.Collections.Generic.Dictionary[string, object]]) {
        $object = ConvertTo-VmbRecord $main $shape
        Add-VmbRemark $object $Result $spec
        if ($spec.ContainsKey('Attach')) { Add-VmbContext $object $Call }
        return $object
    }
    Write-VmbRow $Call $main $shape
    Write-VmbRest $Call $Result
}

# A list that holds less than there is says so.
function Write-VmbRest($Call, $Result) {
    $spec = $Call.Spec
    if ($spec['Main'] -ne 'volumes' -and $Result.ContainsKey('volumes')) {
        foreach ($volume in $Result['volumes']) { ConvertTo-VmbRecord $volume $script:VmbShapes['Volume'] }
    }
    if ($Result.ContainsKey('truncated') -and $Result['truncated'] -and $Result.ContainsKey('total')) {
        $Call.Cmdlet.WriteWarning("There are $($Result['total']) in all; -Limit shows more of them.")
    }
    if ($spec['Effect'] -eq 'read' -and -not $Result[$spec['Main']].Count) { Write-VmbNoMatch $Call }
}

# Remarks on one thing become properties of it.
function Add-VmbRemark($Object, $Result, $Spec) {
    foreach ($pair in $Result.GetEnumerator()) {
        if ($pair.Key -eq $Spec['Main'] -or $pair.Key -eq 'warnings' -or $script:VmbReserved.Contains($pair.Key)) { continue }
        if ($null -ne $Object.psobject.Properties[$pair.Key]) { continue }
        $shape = if ($Spec.ContainsKey('Remarks') -and $Spec['Remarks'].ContainsKey($pair.Key)) { $script:VmbShapes[$Spec['Remarks'][$pair.Key]] }
        $value = ConvertTo-VmbObject $pair.Value $shape
        $Object.psobject.Properties.Add([psnoteproperty]::new($pair.Key, $value))
        # By its name Undo-VmbOperation takes it from the pipeline.
        if ($pair.Key -eq 'undo' -and $null -ne $value.handle -and $null -eq $Object.psobject.Properties['handle']) { $Object.psobject.Properties.Add([psnoteproperty]::new('handle', $value.handle)) }
    }
}

# The items of a list, each with what it was asked about, so that it can be piped on.
function Write-VmbRow($Call, $Rows, $Shape) {
    $attaches = $Call.Spec.ContainsKey('Attach')
    foreach ($row in $Rows) {
        $object = ConvertTo-VmbObject $row $Shape
        if ($attaches) { Add-VmbContext $object $Call }
        , $object
    }
}

function Add-VmbContext($Object, $Call) {
    foreach ($field in $Call.Spec['Attach']) {
        if ($null -ne $Object.psobject.Properties[$field] -or -not $Call.Params.Contains($field)) { continue }
        $Object.psobject.Properties.Add([psnoteproperty]::new($field, $Call.Params[$field]))
    }
}

# Pages are asked for as they are needed: a consumer that has enough (Select-Object -First) stops the asking.
function Write-VmbPage($Call) {
    $cmdlet = $Call.Cmdlet
    $paging = $cmdlet.PagingParameters
    $shape = if ($Call.Spec.ContainsKey('Shape')) { $script:VmbShapes[$Call.Spec['Shape']] }
    $main = $Call.Spec['Main']
    [long] $left = 9007199254740991
    if ($null -ne $paging -and $paging.First -lt $left) { $left = $paging.First }
    [long] $offset = 0
    if ($null -ne $paging) { $offset = [Math]::Min([double]$paging.Skip, 9007199254740991.0) }
    [long] $size = 100
    $begun = $false
    do {
        $params = [ordered]@{}
        foreach ($pair in $Call.Params.GetEnumerator()) { $params[$pair.Key] = $pair.Value }
        $params['limit'] = [Math]::Max(1L, [Math]::Min($size, $left))
        $params['offset'] = $offset
        $page = Get-VmbResult $Call { Invoke-VmbRequest $cmdlet $Call.Session $Call.Tool $params '' $true }
        if ($null -eq $page) { return }
        if (-not $begun) {
            $begun = $true
            Write-VmbRemark $cmdlet $page
            if ($null -ne $paging -and $paging.IncludeTotalCount) { $paging.NewTotalCount([uint64]$page['total'], 1.0) }
            if ($page['total'] -eq 0) { Write-VmbNoMatch $Call; return }
            if ($left -eq 0) { return }
        }
        $count = $page[$main].Count
        Write-VmbRow $Call $page[$main] $shape
        $offset += $count
        $left -= $count
        # The first rows come soon, the others in few calls.
        $size = 1000
    } while ($count -gt 0 -and $left -gt 0 -and $offset -lt $page['total'])
}

# A name without wildcards that fits nothing is an error, a pattern that fits nothing is none: as for Get-Process.
function Write-VmbNoMatch($Call) {
    if (-not $Call.Params.Contains('name')) { return }
    $name = [string]$Call.Params['name']
    if ($name -match '[*?]') { return }
    Write-VmbError $Call.Cmdlet (ConvertTo-VmbFault 'not_found' "There is none with the name `"$name`"." 'Use * and ? for a pattern; without a name all are listed.' @{ field = 'name' }) $name
}
