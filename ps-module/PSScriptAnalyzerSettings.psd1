# PSScriptAnalyzer's default rules, but for these.
@{
    ExcludeRules = @(
        # The functions of Private are small, have few parameters in one order everywhere, and run many times for each row of a
        # list, where binding by position is the faster way.
        'PSAvoidUsingPositionalParameters'
    )
}
