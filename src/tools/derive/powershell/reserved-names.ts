function names(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** about_CommonParameters with their aliases; PowerShell adds them to every advanced function and compares without case. */
export const commonParameters = names(
  'debug db erroraction ea errorvariable ev informationaction infa informationvariable iv outbuffer ob outvariable ov pipelinevariable pv progressaction proga verbose vb warningaction wa warningvariable wv whatif wi confirm cf',
);

/** Added to cmdlets that give pages. */
export const pagingParameters = names('first skip includetotalcount');

/** about_Automatic_Variables: a parameter of such a name would hide, or be hidden by, what PowerShell keeps there. */
export const automaticVariables = names(
  'args consolefilename enabledexperimentalfeatures error event eventargs eventsubscriber executioncontext false foreach home host input iscoreclr islinux ismacos iswindows lastexitcode matches myinvocation nestedpromptlevel null pid profile psboundparameters pscmdlet pscommandpath psculture psdebugcontext psedition pshome psitem psscriptroot pssenderinfo psstyle psuiculture psversiontable pwd sender shellid stacktrace switch this true',
);
