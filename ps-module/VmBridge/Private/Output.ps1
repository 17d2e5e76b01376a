# What the bridge answers, as objects of PowerShell: type names, times as DateTime, and arrays that stay arrays.

# Names that an object can not have as those of its properties.
$script:VmbReserved = [System.Collections.Generic.HashSet[string]]::new([string[]] @('', 'psobject', 'psbase', 'psadapted', 'psextended', 'pstypenames'), [System.StringComparer]::OrdinalIgnoreCase)

function ConvertTo-VmbObject($Value, $Shape) {
    if ($null -eq $Value -or $Value -is [string]) { return $Value }
    if ($Value -is [System.Dynamic.ExpandoObject] -or $Value -is [System.Collections.Generic.Dictionary[string, object]]) { return ConvertTo-VmbRecord $Value $Shape }
    if ($Value -is [System.Collections.IEnumerable]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) { $items.Add((ConvertTo-VmbObject $item $Shape)) }
        return , $items.ToArray()
    }
    # Whole numbers of 2^63 and more, and decimal fractions of Windows PowerShell.
    if ($Value -is [decimal]) { return [double]$Value }
    $Value
}

function ConvertTo-VmbRecord($Value, $Shape) {
    $fields = if ($null -ne $Shape) { $Shape['Fields'] }
    $record = [ordered]@{}
    # A foreach takes an ExpandoObject apart, and a dictionary only by its enumerator.
    $pairs = $Value
    if ($Value -is [System.Collections.IDictionary]) { $pairs = $Value.GetEnumerator() }
    foreach ($pair in $pairs) {
        $name = $pair.Key
        if ($script:VmbReserved.Contains($name) -or $record.Contains($name)) { return ConvertTo-VmbDictionary (ConvertTo-VmbPair $Value) $Shape }
        $item = $pair.Value
        if ($item -is [string]) {
            if ($null -ne $fields -and $fields[$name] -eq 'time') { $item = ConvertTo-VmbTime $item }
        } elseif ($item -is [decimal]) {
            $item = [double]$item
        } elseif ($null -ne $item -and $item -isnot [valuetype]) {
            $kind = if ($null -ne $fields) { $fields[$name] }
            $item = ConvertTo-VmbObject $item $(if ($null -ne $kind) { $script:VmbShapes[$kind] })
        }
        $record.Add($name, $item)
    }
    $object = [pscustomobject]$record
    if ($null -ne $Shape -and $Shape.ContainsKey('Type')) { $object.psobject.TypeNames.Insert(0, $Shape['Type']) }
    $object
}

# For names that differ only by their case, are empty or reserved: a dictionary keeps them all, and is taken as input as well.
function ConvertTo-VmbDictionary($Pairs, $Shape) {
    $record = [System.Collections.Specialized.OrderedDictionary]::new([System.StringComparer]::Ordinal)
    foreach ($pair in $Pairs.GetEnumerator()) { $record.Add($pair.Key, (ConvertTo-VmbObject $pair.Value $Shape)) }
    $record
}

# Local time, as the times of PowerShell's own objects are; what is no time after all stays text.
function ConvertTo-VmbTime([string] $Text) {
    $time = [datetime]::MinValue
    $style = [System.Globalization.DateTimeStyles]::AdjustToUniversal -bor [System.Globalization.DateTimeStyles]::AssumeUniversal
    if ([datetime]::TryParse($Text, [cultureinfo]::InvariantCulture, $style, [ref]$time)) { return $time.ToLocalTime() }
    $Text
}
