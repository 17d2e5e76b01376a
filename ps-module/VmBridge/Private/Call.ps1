# From bound parameters to calls of a tool. A cmdlet asks ShouldProcess about each, and then has it made.

# One call for each thing that the primary parameter names; what is wrong with one is an error of that one.
function ConvertTo-VmbCall($Cmdlet, [string] $Tool, $Bound) {
    Import-VmbShape
    if ($Tool -eq 'vm.list' -and (Test-VmbMachineId $Bound)) {
        $Tool = 'vm.get'
        $Bound = @{ VM = $Bound['Name']; Session = $Bound['Session'] }
    }
    $spec = $script:VmbTools[$Tool]
    try {
        $session = Find-VmbSession $Bound['Session']
        $params = ConvertTo-VmbParameter $Cmdlet $spec $Bound $session
    } catch [System.Management.Automation.PipelineStoppedException] { throw } catch {
        Write-VmbError $Cmdlet (Get-VmbException $_) $null
        return
    }
    $primary = if ($spec.ContainsKey('Primary')) { $spec['Primary'] }
    $items = @($null)
    if ($null -ne $primary -and $Bound.ContainsKey($primary)) { $items = $Bound[$primary] }
    foreach ($item in $items) {
        try {
            if ($null -eq $item) { ConvertTo-VmbCallRecord $Cmdlet $Tool $spec $session $params $Bound; continue }
            $field = $spec['Fields'][$primary]
            foreach ($name in @(Resolve-VmbReference $Cmdlet $session $spec $field $item)) {
                $own = [ordered]@{}
                foreach ($pair in $params.GetEnumerator()) { $own[$pair.Key] = $pair.Value }
                $own[$field] = $name
                ConvertTo-VmbCallRecord $Cmdlet $Tool $spec $session $own $Bound
            }
        } catch [System.Management.Automation.PipelineStoppedException] { throw } catch {
            Write-VmbError $Cmdlet (Get-VmbException $_) $item
        }
    }
}

# Whether the first word of Get-VmbVM, which is a name to look for, is all that was given and an id, or an object that stands for one.
function Test-VmbMachineId($Bound) {
    if ("$($Bound['Name'])" -notmatch '^[a-z][a-z0-9]*:[^/*?]+/[^*?]+$') { return $false }
    foreach ($name in @($script:VmbTools['vm.list']['Fields'].Keys) + 'First', 'Skip', 'IncludeTotalCount') {
        if ($name -ne 'Name' -and $Bound.ContainsKey($name)) { return $false }
    }
    $true
}

# The exception of a Fault that was thrown, or one made of what nobody foresaw.
function Get-VmbException($ErrorRecord) {
    $exception = $ErrorRecord.Exception
    if ($exception.Data.Contains('code')) { return $exception }
    $base = $exception.GetBaseException()
    if ($base.Data.Contains('code')) { return $base }
    if ($base -is [System.Management.Automation.ActionPreferenceStopException]) { throw $ErrorRecord }
    $code = if ($base -is [System.ArgumentException] -or $base -is [System.Management.Automation.SessionStateException]) { 'invalid' } else { 'failed' }
    ConvertTo-VmbFault $code $base.Message $null $null $null $base
}

# The fields of the tool, in its own words. The primary parameter is left to the caller.
function ConvertTo-VmbParameter($Cmdlet, $Spec, $Bound, $Session) {
    $params = [ordered]@{}
    foreach ($pair in $Spec['Fields'].GetEnumerator()) {
        if (-not $Bound.ContainsKey($pair.Key) -or ($Spec.ContainsKey('Primary') -and $Spec['Primary'] -eq $pair.Key)) { continue }
        $field = $pair.Value
        $value = $Bound[$pair.Key]
        if ($Spec.ContainsKey('Enums') -and $Spec['Enums'].ContainsKey($field)) { $value = Get-VmbSpelling $Spec['Enums'][$field] $value }
        if ($Spec.ContainsKey('Refers') -and $Spec['Refers'].ContainsKey($field) -and (Test-VmbReference $Spec $field $params $Bound)) {
            $value = Resolve-VmbPath $Cmdlet $Session $Spec['Refers'][$field] $value
        }
        $params[$field] = $value
    }
    $params
}

# ValidateSet lets any case pass, the tools do not.
function Get-VmbSpelling($Words, $Value) {
    if ($Value -is [array]) { return , @(foreach ($item in $Value) { Get-VmbSpelling $Words $item }) }
    foreach ($word in $Words) { if ($word -eq $Value) { return $word } }
    $Value
}

# Whether a field names something of this host in this call: some do for one direction only.
function Test-VmbReference($Spec, [string] $Field, $Params, $Bound) {
    if (-not $Spec.ContainsKey('RefersWhen') -or -not $Spec['RefersWhen'].ContainsKey($Field)) { return $true }
    foreach ($pair in $Spec['RefersWhen'][$Field].GetEnumerator()) {
        $found = if ($Params.Contains($pair.Key)) { $Params[$pair.Key] } else { $Bound[$pair.Key] }
        if ($found -ne $pair.Value) { return $false }
    }
    $true
}

# A path as the server needs it: PowerShell's own location is not the working folder of any process.
function Resolve-VmbPath($Cmdlet, $Session, [string] $Kind, $Value) {
    if ($Kind -notin 'file', 'newFile', 'folder' -or $Session.Info.hostName -ne 'localhost') { return $Value }
    if ($Value -is [array]) { return , @(foreach ($item in $Value) { Resolve-VmbPath $Cmdlet $Session $Kind $item }) }
    $provider = $null
    $drive = $null
    $path = $Cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Value, [ref]$provider, [ref]$drive)
    if ($provider.Name -eq 'FileSystem') { return $path }
    throw (ConvertTo-VmbFault 'invalid' "`"$Value`" is no path of a file." 'Name a file of the file system.' @{ field = $Kind })
}

# What a value of the primary parameter names: one thing, or all that a pattern fits.
function Resolve-VmbReference($Cmdlet, $Session, $Spec, [string] $Field, [string] $Value) {
    $kind = if ($Spec.ContainsKey('Refers')) { $Spec['Refers'][$Field] }
    if ($kind -eq 'machine' -and $Value -match '[*?]') {
        foreach ($machine in Get-VmbRow $Cmdlet $Session 'vm.list' @{ name = $Value }) { $machine['id'] }
        return
    }
    if ($kind -eq 'proof') { return Resolve-VmbProof $Cmdlet $Session $Value }
    if ($kind -notin 'file', 'folder') { return $Value }
    $path = Resolve-VmbPath $Cmdlet $Session $kind $Value
    if ($path -notmatch '[*?]' -or $Session.Info.hostName -ne 'localhost' -or [System.IO.File]::Exists($path)) { return $path }
    $folder = [System.IO.Path]::GetDirectoryName($path)
    if (-not [System.IO.Directory]::Exists($folder)) { return $path }
    $found = @([System.IO.Directory]::GetFileSystemEntries($folder, [System.IO.Path]::GetFileName($path)))
    [System.Array]::Sort($found, [System.StringComparer]::Ordinal)
    if ($found.Count -gt 0) { return $found }
    throw (ConvertTo-VmbFault 'not_found' "No file fits `"$Value`"." 'Check the folder and the pattern.' @{ field = $Field })
}

# A proof is named by its id, or by the folder of its evidence where there is such a folder.
function Resolve-VmbProof($Cmdlet, $Session, [string] $Value) {
    if ($Session.Info.hostName -ne 'localhost') { return $Value }
    $path = Resolve-VmbPath $Cmdlet $Session 'folder' $Value
    if ([System.IO.Directory]::Exists($path)) { return $path }
    $Value
}

# All rows of a list that comes in pages, as dictionaries.
function Get-VmbRow($Cmdlet, $Session, [string] $Tool, [hashtable] $Filter) {
    $main = $script:VmbTools[$Tool]['Main']
    $offset = 0
    do {
        $page = Invoke-VmbRequest $Cmdlet $Session $Tool ($Filter + @{ limit = 1000; offset = $offset }) '' $true
        foreach ($row in $page[$main]) { ConvertTo-VmbPair $row }
        $count = $page[$main].Count
        $offset += $count
    } while ($count -gt 0 -and $offset -lt $page['total'])
}

function ConvertTo-VmbCallRecord($Cmdlet, [string] $Tool, $Spec, $Session, $Params, $Bound) {
    $target = $null
    if ($Spec.ContainsKey('Primary')) { $target = $Params[$Spec['Fields'][$Spec['Primary']]] }
    if ($null -eq $target) { $target = Find-VmbTarget $Spec $Params $Bound }
    $call = @{
        Cmdlet = $Cmdlet; Tool = $Tool; Spec = $Spec; Session = $Session; Params = $Params; Target = $target
        NoWait = $Bound.ContainsKey('NoWait') -and $Bound['NoWait']; Force = $Bound.ContainsKey('Force') -and -not $Spec['Fields'].ContainsKey('Force') -and $Bound['Force'] -and -not $WhatIfPreference
        Description = ''; Question = ''; Caption = ''
    }
    # What only looks this time is not asked about.
    if ($Spec['Effect'] -ne 'read' -and (Get-VmbEffect $Spec $Params) -eq 'read') { $call.Force = $true }
    elseif ($Spec['Effect'] -ne 'read' -or $Spec.ContainsKey('NewFile')) { Add-VmbQuestion $call }
    $call
}

# What the call does to the world: of some tools, a field decides.
function Get-VmbEffect($Spec, $Params) {
    if (-not $Spec.ContainsKey('EffectBy')) { return $Spec['Effect'] }
    $by = $Spec['EffectBy']
    $value = if ($Params.Contains($by['Field'])) { "$($Params[$by['Field']])" } elseif ($by.ContainsKey('Default')) { $by['Default'] }
    if ($null -ne $value -and $by['Values'].ContainsKey($value)) { return $by['Values'][$value] }
    $Spec['Effect']
}

# What a call without a primary parameter is about: what names something before what says how, else what was given first.
function Find-VmbTarget($Spec, $Params, $Bound) {
    $fields = @(foreach ($name in $Bound.Keys) { if ($Spec['Fields'].ContainsKey($name)) { $Spec['Fields'][$name] } })
    $named = @(if ($Spec.ContainsKey('Refers')) { foreach ($field in $fields) { if ($Spec['Refers'].ContainsKey($field) -and $Spec['Refers'][$field] -notin 'provider', 'host') { $field } } })
    foreach ($field in $named + $fields) { if ($Params[$field] -is [string]) { return $Params[$field] } }
}

# What ShouldProcess shows. The plan is the server's own, asked for where a person will read it.
function Add-VmbQuestion($Call) {
    $what = "$($Call.Spec['Caption']) $(if ($null -ne $Call.Target) { "($($Call.Target))" })".Trim()
    $impact = @{ destroy = 3; change = 2; create = 1; read = 1 }[$Call.Spec['Effect']]
    $asks = -not $Call.Force -and [int][System.Management.Automation.ConfirmImpact]$ConfirmPreference -in 1..$impact
    $lines = @($what)
    if ($WhatIfPreference -or $asks) {
        $plan = Invoke-VmbRequest $Call.Cmdlet $Call.Session 'rpc.plan' ([ordered]@{ method = $Call.Tool; params = $Call.Params }) '' $true
        $lines += ConvertTo-VmbPlanText (Get-VmbPair $plan 'plan')
    }
    $Call.Description = $lines -join [System.Environment]::NewLine
    $Call.Question = $Call.Description
    $Call.Caption = $Call.Cmdlet.MyInvocation.MyCommand.Name
}

function ConvertTo-VmbPlanText($Plan) {
    if ($Plan['steps'].Count -eq 0) { return '  Nothing has to be done.' }
    $number = 0
    foreach ($item in $Plan['steps']) {
        $number++
        $step = ConvertTo-VmbPair $item
        $when = if ($step.ContainsKey('condition')) { " ($($step['condition']))" }
        "  $number. $(ConvertTo-VmbPlainText $step['summary'])$(ConvertTo-VmbPlainText $when)"
        if ($step.ContainsKey('command')) { '       ' + (@($step['command'] | ForEach-Object { ConvertTo-VmbPlainText (ConvertTo-VmbArgument $_) }) -join ' ') }
        $request = Get-VmbPair $step 'request'
        if ($null -ne $request) { "       $(ConvertTo-VmbPlainText $request['to']): $(ConvertTo-VmbPlainText (ConvertTo-VmbJson (ConvertTo-VmbObject $request['body'] $null)))" }
        $file = Get-VmbPair $step 'file'
        if ($null -ne $file) { "       $($file['action']) $(ConvertTo-VmbPlainText $file['path'])" }
    }
}

# Names come from anywhere: what steers a terminal is shown, not obeyed.
function ConvertTo-VmbPlainText([string] $Text) {
    [regex]::Replace($Text, '[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', [System.Text.RegularExpressions.MatchEvaluator] { '\u{0:x4}' -f [int][char]$args[0].Value })
}
