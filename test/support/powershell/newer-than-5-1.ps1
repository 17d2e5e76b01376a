# Says of each script what Windows PowerShell 5.1, on .NET Framework 4.7.2, would not take: @{ name; text } in, JSON out.
param([object[]] $Scripts, [hashtable] $Commands)
$ErrorActionPreference = 'Stop'

# By kind of what the parser found. Members are judged by name and number of arguments, since no type is known.
$newTypes = '^(semver|pspropertyexpression|short|ushort|uint|ulong|System\.Text\.Json\b.*|System\.Span.*|System\.(ReadOnly)?Memory.*|System\.HashCode|System\.Numerics\.BitOperations|System\.IO\.(EnumerationOptions|FileStreamOptions)|System\.Runtime\.InteropServices\.NativeLibrary|System\.Half|System\.Index|System\.Range|System\.DateOnly|System\.TimeOnly|System\.OperatingSystem|System\.Text\.Rune|System\.Threading\.Channels\b.*|System\.Threading\.PeriodicTimer|System\.Buffers\b.*|System\.Management\.Automation\.(SemanticVersion|PSStyle|Subsystem\b.*))$'
$newAttributes = '^(ArgumentCompletions|ValidateNotNullOrWhiteSpace|ExperimentalAttribute|Experimental|NoRunspaceAffinity|ValidateDrive|ValidateUserDrive)$'
$newArguments = '^(ErrorMessage|DefaultParameterValue|ExperimentName)$'
$newVariables = '^(IsWindows|IsLinux|IsMacOS|IsCoreCLR|PSStyle|PSNativeCommandArgumentPassing|PSNativeCommandUseErrorActionPreference|EnabledExperimentalFeatures)$'
$newMembers = '^(ArgumentList|StandardInputEncoding|ProcessPath|ProcessId|TickCount64|Latin1|UnixEpoch|GetRelativePath|IsPathFullyQualified|EndsInDirectorySeparator|TrimEndingDirectorySeparator|ToHexString|FromHexString|HashData|IsAsciiDigit|IsAsciiLetter|Clamp|IsFinite|TryAdd|TryPop|TryPeek|EnumerateRunes|ReplaceLineEndings|AppendJoin|ReadExactly|ReadAtLeast|WaitAsync|WaitForExitAsync|ReadAllTextAsync|WriteAllTextAsync|ReadAllBytesAsync|WriteAllBytesAsync|ReadAllLinesAsync|UnixFileMode|SetUnixFileMode|GetUnixFileMode|CreateSymbolicLink|ResolveLinkTarget|ThrowIfNull|DisposeAsync|ToHashSet|EnsureCapacity|CancelAsync|EnumerateMatches|IsWellFormed|Shared|GetInt32|Fill|IsCompletedSuccessfully|GetValueOrDefault|TakeLast|SkipLast|MinBy|MaxBy|Log2|CreateVersion7)$'
# Members that had fewer arguments then: up to how many there were.
$oldCounts = @{ Contains = 1; Kill = 0; Replace = 2; GetHashCode = 0; WriteLineAsync = 1; Move = 2; GetFullPath = 1 }

$kinds = [System.Collections.Generic.HashSet[string]]::new([string[]]@(
        'TernaryExpressionAst', 'PipelineChainAst', 'PipelineAst', 'BinaryExpressionAst', 'AssignmentStatementAst', 'ScriptBlockAst', 'IndexExpressionAst'
        'VariableExpressionAst', 'TypeExpressionAst', 'TypeConstraintAst', 'AttributeAst', 'CommandAst', 'MemberExpressionAst', 'InvokeMemberExpressionAst'))

function Find-New($node) {
    switch ($node.GetType().Name) {
        'TernaryExpressionAst' { 'a ternary' }
        'PipelineChainAst' { 'a chain of pipelines' }
        'PipelineAst' { if ($node.Background) { 'a pipeline in the background' } }
        'BinaryExpressionAst' { if ("$($node.Operator)" -eq 'QuestionQuestion') { '??' } }
        'AssignmentStatementAst' { if ("$($node.Operator)" -eq 'QuestionQuestionEquals') { '??=' } }
        'ScriptBlockAst' { if ($node.CleanBlock) { 'a clean block' } }
        'IndexExpressionAst' { if ($node.NullConditional) { '?[]' } }
        'VariableExpressionAst' { if ($node.VariablePath.UserPath -match $newVariables) { "the variable `$$($node.VariablePath.UserPath)" } }
        'TypeExpressionAst' { Find-NewType $node.TypeName }
        'TypeConstraintAst' { Find-NewType $node.TypeName }
        'AttributeAst' { Find-NewAttribute $node }
        'CommandAst' { Find-NewCommand $node }
        'MemberExpressionAst' { Find-NewMember $node $null }
        'InvokeMemberExpressionAst' { Find-NewMember $node @($node.Arguments).Where({ $_ }).Count }
    }
}

function Find-NewType($type) {
    foreach ($name in [regex]::Matches($type.FullName, '[\w.+]+').Value) { if ($name -match $newTypes) { "the type $name" } }
}

function Find-NewAttribute($node) {
    if ($node.TypeName.Name -match $newAttributes) { "the attribute $($node.TypeName.Name)" }
    foreach ($argument in $node.NamedArguments) { if ($argument.ArgumentName -match $newArguments) { "the argument $($argument.ArgumentName)" } }
    if ($node.TypeName.Name -eq 'ValidateRange' -and $node.PositionalArguments.Count -eq 1) { 'a range by name' }
}

function Find-NewCommand($node) {
    $name = $node.GetCommandName()
    # A variable or a block is called; which paths are dot-sourced is seen when the module is imported.
    if ($null -eq $name -or $own.Contains($name)) { return }
    if ($name -match '\.ps1$' -and "$($node.InvocationOperator)" -eq 'Dot') { return }
    if (-not $Commands.ContainsKey($name)) { return "the command $name" }
    foreach ($element in $node.CommandElements) {
        if ($element -is [System.Management.Automation.Language.CommandParameterAst] -and $element.ParameterName -notin $Commands[$name]) { "the parameter $name -$($element.ParameterName)" }
    }
}

function Find-NewMember($node, $count) {
    if ($node.NullConditional) { '?.' }
    $name = $node.Member.Extent.Text
    if ($name -match $newMembers -and -not (Test-Guard $node $name)) { "the member $name" }
    if ($name -eq 'Join' -and $node.Expression.Extent.Text -match '^\[(System\.)?IO\.Path\]$') { 'the member Join of Path' }
    if ($null -eq $count -or -not $oldCounts.ContainsKey($name) -or $count -le $oldCounts[$name]) { return }
    if (($name -ne 'Replace' -or $node.Expression.Extent.Text -notin '[regex]', '[System.IO.File]') -and -not (Test-Guard $node $name)) { "$name with $count arguments" }
}

# Where a condition asks for the edition, or whether there is such a member, it is for the writer to know.
function Test-Guard($node, $name) {
    for ($outer = $node.Parent; $outer; $outer = $outer.Parent) {
        if ($outer -is [System.Management.Automation.Language.IfStatementAst] -and @($outer.Clauses.Item1.Extent.Text) -match "PSEdition|PSVersion|psobject\.\w+\['$name'\]|GetProperty\('$name'\)") { return $true }
    }
    $false
}

function Find-NewToken($token) {
    # Binary numbers, and the suffixes of small, unsigned and big ones.
    if ($token.Kind -eq 'Number' -and $token.Text -notmatch '^[-+]?(0x[0-9a-f]+l?|(\d+\.?\d*|\.\d+)(e[-+]?\d+)?[dl]?)([kmgtp]b)?$') { "the number $($token.Text)" }
    if ($token -is [System.Management.Automation.Language.StringExpandableToken] -and $token.Text -match '(?<!`)(``)*`(e|u\{)') { 'an escape' }
    foreach ($nested in $token.NestedTokens) { Find-NewToken $nested }
}

# A line that begins with a pipe goes on with the one before it, since PowerShell 7.
function Find-NewLine($tokens) {
    $last = $null
    foreach ($token in $tokens) {
        if ($token.Kind -eq 'Pipe' -and $last -eq 'NewLine') { "$($token.Extent.StartLineNumber): a pipe at the beginning of a line" }
        if ($token.Kind -ne 'Comment') { $last = $token.Kind }
    }
}

$own = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
$read = foreach ($script in $Scripts) {
    $tokens = $problems = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($script.text.TrimStart([char]0xfeff), [ref]$tokens, [ref]$problems)
    foreach ($function in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $true)) { [void]$own.Add($function.Name) }
    @{ name = $script.name; text = $script.text; tree = $tree; tokens = $tokens; problems = $problems }
}
$found = foreach ($script in $read) {
    foreach ($problem in $script.problems) { "$($script.name):$($problem.Extent.StartLineNumber): $($problem.Message)" }
    foreach ($node in $script.tree.FindAll({ $kinds.Contains($args[0].GetType().Name) }, $true)) { foreach ($what in Find-New $node) { "$($script.name):$($node.Extent.StartLineNumber): $what" } }
    $said = foreach ($token in $script.tokens) { if ($token -is [System.Management.Automation.Language.NumberToken] -or $token -is [System.Management.Automation.Language.StringExpandableToken]) { $token } }
    foreach ($token in $said) { foreach ($what in Find-NewToken $token) { "$($script.name):$($token.Extent.StartLineNumber): $what" } }
    $pipes = if ($script.text -match '(?m)^\s*\|') { Find-NewLine $script.tokens }
    foreach ($what in $pipes) { "$($script.name):$what" }
    $required = $script.tree.ScriptRequirements
    if ($required -and $required.RequiredPSVersion -gt '5.1') { "$($script.name): a script for PowerShell $($required.RequiredPSVersion)" }
    if ($script.text -match '[^\x00-\x7f]' -and $script.text[0] -ne [char]0xfeff) { "$($script.name): not in ASCII, and without a mark of its encoding" }
}
ConvertTo-Json -Compress -InputObject @($found)
