# To be dot-sourced by a cmdlet: functions of a module see the preferences of the session, but not those that the script
# which called them has set for itself. What was given as a parameter is left alone.
function Import-VmbPreference($Cmdlet) {
    $bound = $Cmdlet.MyInvocation.BoundParameters
    foreach ($pair in $script:VmbPreferences.GetEnumerator()) {
        if ($bound.ContainsKey($pair.Value)) { continue }
        $found = $Cmdlet.SessionState.PSVariable.GetValue($pair.Key)
        if ($null -ne $found) { $ExecutionContext.SessionState.PSVariable.Set($pair.Key, $found) }
    }
}

$script:VmbPreferences = @{
    ErrorActionPreference = 'ErrorAction'; WarningPreference = 'WarningAction'; InformationPreference = 'InformationAction'
    ProgressPreference = 'ProgressAction'; VerbosePreference = 'Verbose'; DebugPreference = 'Debug'
    WhatIfPreference = 'WhatIf'; ConfirmPreference = 'Confirm'
}
