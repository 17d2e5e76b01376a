/** Cmdlets of the module that no tool stands behind; their files lie in `Private`. */
export const handWritten = ['Connect-VmBridge', 'Disconnect-VmBridge', 'Get-VmBridge', 'Receive-VmbOperation'] as const;
