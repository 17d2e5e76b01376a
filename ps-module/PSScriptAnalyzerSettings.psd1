# PSScriptAnalyzer's default rules, but for these.
@{
    ExcludeRules = @(
        # What it finds are calls of the functions of Private only, which nobody types: they have at most six parameters, the
        # cmdlet first wherever there is one, and arguments that are named like them. The rule's own list of exceptions takes
        # no patterns, and would have to name each of these functions.
        'PSAvoidUsingPositionalParameters'
    )
}
