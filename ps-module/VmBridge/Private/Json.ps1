# JSON as the bridge speaks it. ConvertTo-Json and ConvertFrom-Json differ between editions, turn text that looks like a
# date into one, and stop at a depth; strings have to pass unchanged, lone surrogates included.

# What JSON does not allow in a string, and halves of surrogate pairs, which UTF-8 can not carry.
$script:VmbUnsafe = [regex] '[\x00-\x1f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]'
$script:VmbEscape = [System.Text.RegularExpressions.MatchEvaluator] { '\u{0:x4}' -f [int][char]$args[0].Value }
$script:VmbDeepest = 64
$script:VmbParser = $null

function ConvertTo-VmbJsonString([string] $Text) {
    $escaped = $Text.Replace('\', '\\').Replace('"', '\"')
    if ($script:VmbUnsafe.IsMatch($escaped)) { $escaped = $script:VmbUnsafe.Replace($escaped, $script:VmbEscape) }
    '"' + $escaped + '"'
}

# Text of any value: dictionaries and objects become objects, lists become arrays, what JSON has no word for its text.
function ConvertTo-VmbJson($Value, [int] $Depth = 0) {
    if ($Depth -gt $script:VmbDeepest) { throw [System.ArgumentException]::new("A value is nested deeper than $script:VmbDeepest levels, or holds itself.") }
    if ($null -eq $Value) { return 'null' }
    # Not by an expression: the output of one would be unrolled.
    $plain = $Value
    if ($Value -is [psobject]) { $plain = $Value.psobject.BaseObject }
    if ($plain -is [string] -or $plain -is [char]) { return ConvertTo-VmbJsonString $plain }
    if ($plain -is [bool]) { if ($plain) { return 'true' } else { return 'false' } }
    if ($plain -is [switch]) { if ($plain.IsPresent) { return 'true' } else { return 'false' } }
    if ($plain -is [enum]) { return ConvertTo-VmbJsonString $plain.ToString() }
    if ($plain -is [double] -or $plain -is [single]) { return ConvertTo-VmbJsonNumber $plain }
    if ($plain -is [int] -or $plain -is [System.Numerics.BigInteger] -or ($plain -is [System.IConvertible] -and [int]$plain.GetTypeCode() -in 5..12 + 15)) { return ConvertTo-VmbJsonInteger $plain }
    if ($plain -is [System.DBNull] -or $plain -is [System.Management.Automation.Language.NullString]) { return 'null' }
    if ($plain -is [datetime]) { return '"' + $plain.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [cultureinfo]::InvariantCulture) + '"' }
    if ($plain -is [datetimeoffset]) { return '"' + $plain.UtcDateTime.ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [cultureinfo]::InvariantCulture) + '"' }
    if ($plain -is [securestring]) { return ConvertTo-VmbJsonString ([System.Net.NetworkCredential]::new('', $plain).Password) }
    if ($plain -is [System.Collections.IDictionary]) { return ConvertTo-VmbJsonObject $plain.GetEnumerator() 'Key' $Depth }
    if ($plain -is [System.Collections.IEnumerable]) { return ConvertTo-VmbJsonArray $plain $Depth }
    if ($plain -is [System.Management.Automation.PSCustomObject]) { return ConvertTo-VmbJsonObject $Value.psobject.Properties 'Name' $Depth }
    ConvertTo-VmbJsonString ([string]$plain)
}

function ConvertTo-VmbJsonNumber([double] $Number) {
    if ([double]::IsNaN($Number) -or [double]::IsInfinity($Number)) { throw [System.ArgumentException]::new("$Number is no number that JSON has.") }
    $Number.ToString('R', [cultureinfo]::InvariantCulture)
}

# The server's numbers are those of JavaScript: of the larger ones, many would arrive as another number.
function ConvertTo-VmbJsonInteger($Number) {
    $invariant = [cultureinfo]::InvariantCulture
    if ($Number -isnot [int] -and ($Number -gt 9007199254740991 -or $Number -lt -9007199254740991)) {
        # By its text, since a conversion cuts off where reading rounds.
        $nearest = [double]::Parse($Number.ToString($invariant), $invariant)
        $arrives = [System.Numerics.BigInteger]::Parse($nearest.ToString('R', $invariant), [System.Globalization.NumberStyles]::Float, $invariant)
        if ($arrives -ne [System.Numerics.BigInteger]$Number) { throw [System.ArgumentException]::new("$Number would arrive as $arrives, the nearest number that JSON has; give it as text.") }
    }
    $Number.ToString($invariant)
}

function ConvertTo-VmbJsonObject($Pairs, [string] $Name, [int] $Depth) {
    $parts = foreach ($pair in $Pairs) { (ConvertTo-VmbJsonString ([string]$pair.$Name)) + ':' + (ConvertTo-VmbJson $pair.Value ($Depth + 1)) }
    '{' + ($parts -join ',') + '}'
}

function ConvertTo-VmbJsonArray($Items, [int] $Depth) {
    $parts = foreach ($item in $Items) { ConvertTo-VmbJson $item ($Depth + 1) }
    '[' + ($parts -join ',') + ']'
}

# Objects as dictionaries of string keys, arrays as lists: by a parser that the edition ships, since one in script is slow.
function ConvertFrom-VmbJson([string] $Text) {
    if ($null -eq $script:VmbParser) { $script:VmbParser = Find-VmbParser }
    if ($script:VmbParser -isnot [hashtable]) { return , $script:VmbParser.DeserializeObject($Text) }
    $settings = $script:VmbParser['Settings']
    if ($script:VmbSurrogate.IsMatch($Text)) { return , (ConvertTo-VmbPair (ConvertFrom-VmbSurrogateJson $Text $settings)) }
    # As an ExpandoObject, since its converter goes on with the same type inside.
    , (ConvertTo-VmbPair ([Newtonsoft.Json.JsonConvert]::DeserializeObject($Text, [System.Dynamic.ExpandoObject], $settings)))
}

function Find-VmbParser {
    if ($null -ne ('Newtonsoft.Json.JsonConvert, Newtonsoft.Json' -as [type])) {
        $settings = [Newtonsoft.Json.JsonSerializerSettings]::new()
        $settings.DateParseHandling = [Newtonsoft.Json.DateParseHandling]::None
        $settings.MaxDepth = 512
        return @{ Settings = $settings }
    }
    # Windows PowerShell.
    [void][System.Reflection.Assembly]::Load('System.Web.Extensions, Version=4.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35')
    $serializer = [System.Web.Script.Serialization.JavaScriptSerializer]::new()
    $serializer.MaxJsonLength = [int]::MaxValue
    $serializer.RecursionLimit = 512
    $serializer
}

# An object of JSON as a dictionary. An ExpandoObject answers with what it holds, whatever one calls on it: data named "Keys"
# must not be taken for its keys.
function ConvertTo-VmbPair($Value) {
    if ($Value -is [System.Dynamic.ExpandoObject]) {
        return , [System.Collections.Generic.Dictionary[string, object]]::new([System.Collections.Generic.IDictionary[string, object]]$Value)
    }
    , $Value
}

# A field that is an object, as a dictionary.
function Get-VmbPair($Pairs, [string] $Name) {
    $value = $null
    if ($Pairs.TryGetValue($Name, [ref]$value)) { return ConvertTo-VmbPair $value }
}

# Newtonsoft.Json puts U+FFFD where an escape is half of a surrogate pair. Such halves are rare: a mark that is nowhere else
# in the text stands for them while it is parsed.
$script:VmbSurrogate = [regex] '\\u[dD][89a-fA-F]'
$script:VmbEscapes = [regex] '(\\\\)|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([dD][89a-fA-F][0-9a-fA-F]{2})'

function ConvertFrom-VmbSurrogateJson([string] $Text, $Settings) {
    $mark = [guid]::NewGuid().ToString('N')
    $marked = $script:VmbEscapes.Replace($Text, [System.Text.RegularExpressions.MatchEvaluator] {
            $found = $args[0]
            if ($found.Groups[4].Success) { $mark + $found.Groups[4].Value } else { $found.Value }
        })
    $value = [Newtonsoft.Json.JsonConvert]::DeserializeObject($marked, [System.Dynamic.ExpandoObject], $Settings)
    $halves = [regex]::new("$mark(.{4})")
    , (Restore-VmbSurrogate $value $halves)
}

function Restore-VmbSurrogate($Value, [regex] $Halves) {
    if ($Value -is [string]) { return $Halves.Replace($Value, [System.Text.RegularExpressions.MatchEvaluator] { [string][char][System.Convert]::ToInt32($args[0].Groups[1].Value, 16) }) }
    if ($Value -is [System.Dynamic.ExpandoObject]) {
        $record = [System.Collections.Generic.Dictionary[string, object]]::new()
        foreach ($pair in (ConvertTo-VmbPair $Value).GetEnumerator()) { $record[(Restore-VmbSurrogate $pair.Key $Halves)] = Restore-VmbSurrogate $pair.Value $Halves }
        return , $record
    }
    if ($Value -is [System.Collections.IEnumerable]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) { $items.Add((Restore-VmbSurrogate $item $Halves)) }
        return , $items
    }
    $Value
}
