# Tells as JSON what the engine makes of the module: its cmdlets, their parameters, and their help.
param([string] $Manifest, [string[]] $Probes)
$ErrorActionPreference = 'Stop'

function Read-Text($parts) { (@($parts | ForEach-Object { $_.Text }) -join "`n").Trim() }

function Read-Check($attribute, $probes) {
    switch ($attribute.GetType().Name) {
        'ValidateSetAttribute' { @{ words = @($attribute.ValidValues) } }
        'ValidateRangeAttribute' { @{ minimum = $attribute.MinRange; maximum = $attribute.MaxRange } }
        'ValidateLengthAttribute' { @{ minLength = $attribute.MinLength; maxLength = $attribute.MaxLength } }
        'ValidateCountAttribute' { @{ minItems = $attribute.MinLength; maxItems = $attribute.MaxLength } }
        'ValidatePatternAttribute' {
            $pattern = [regex]::new($attribute.RegexPattern, $attribute.Options)
            @{ matches = @(foreach ($probe in $probes) { $pattern.IsMatch($probe) }) }
        }
    }
}

function Read-Parameter($parameter, $defaults, $help, $probes) {
    $checks = @{}
    foreach ($attribute in $parameter.Attributes) {
        $check = Read-Check $attribute $probes
        if ($check) { foreach ($key in $check.Keys) { $checks[$key] = $check[$key] } }
    }
    @{
        name = $parameter.Name; type = $parameter.ParameterType.FullName; aliases = @($parameter.Aliases); checks = $checks
        default = $defaults[$parameter.Name]
        sets = @(foreach ($set in $parameter.ParameterSets.GetEnumerator()) {
            @{ set = $set.Key; mandatory = $set.Value.IsMandatory; position = $set.Value.Position; byValue = $set.Value.ValueFromPipeline; byName = $set.Value.ValueFromPipelineByPropertyName }
        })
        help = Read-Text @($help.parameters.parameter | Where-Object name -eq $parameter.Name).description
    }
}

function Read-Cmdlet($command, $probes) {
    $help = Get-Help $command.Name -Full
    $comment = $command.ScriptBlock.Ast.GetHelpContent()
    $binding = $command.ScriptBlock.Attributes | Where-Object { $_ -is [System.Management.Automation.CmdletBindingAttribute] }
    $defaults = @{}
    foreach ($parameter in $command.ScriptBlock.Ast.Body.ParamBlock.Parameters) {
        if ($parameter.DefaultValue) { $defaults[$parameter.Name.VariablePath.UserPath] = $parameter.DefaultValue.SafeGetValue() }
    }
    @{
        name = $command.Name; verb = $command.Verb; noun = $command.Noun
        shouldProcess = $binding.SupportsShouldProcess; impact = "$($binding.ConfirmImpact)"; paging = $binding.SupportsPaging
        outputs = @($command.OutputType | ForEach-Object { $_.Name }); syntax = "$(Get-Command $command.Name -Syntax)"
        parameters = @(foreach ($parameter in $command.Parameters.Values) { Read-Parameter $parameter $defaults $help $probes })
        comment = @{ synopsis = $comment.Synopsis; description = $comment.Description; parameters = $comment.Parameters; examples = @($comment.Examples) }
        help = @{
            synopsis = "$($help.Synopsis)".Trim(); description = Read-Text $help.description; links = @($help.relatedLinks.navigationLink | ForEach-Object { "$($_.linkText)" })
            examples = @($help.examples.example | Where-Object { $_ } | ForEach-Object {
                    $problems = $null
                    $code = "$($_.code)".Trim()
                    $tree = [System.Management.Automation.Language.Parser]::ParseInput($code, [ref]$null, [ref]$problems)
                    $call = $tree.Find({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)
                    # A binder that is asked, and not run: what does not fit has no place in its result.
                    $bound = [System.Management.Automation.Language.StaticParameterBinder]::BindCommand($call, $true)
                    @{ code = $code; problems = @(@($problems) + @($bound.BindingExceptions.get_Values() | ForEach-Object BindingException) | Where-Object { $_ } | ForEach-Object { $_.Message }); bound = @($bound.BoundParameters.get_Keys()) }
                })
        }
    }
}

$module = Import-Module $Manifest -PassThru
$approved = @(Get-Verb | ForEach-Object Verb)
$about = Get-Help about_VmBridge
$commands = @(Get-Command -Module VmBridge | Sort-Object Name)
ConvertTo-Json -Depth 8 -Compress -InputObject @{
    approved = $approved
    declared = @((Import-PowerShellDataFile $Manifest).FunctionsToExport)
    exported = @($module.ExportedCommands.Keys)
    others = @($module.ExportedVariables.Keys) + @($module.ExportedAliases.Keys)
    about = "$about"
    commands = @($commands | ForEach-Object { Read-Cmdlet $_ $Probes })
}
