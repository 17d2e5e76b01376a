function Receive-VmbOperation {
    <#
    .SYNOPSIS
    Gives the result of an operation that was started with -NoWait.

    .DESCRIPTION
    The objects are those that the cmdlet itself would have put out, and the error the one that it would have ended with. An
    operation that still runs gives nothing, unless -Wait is given.

    .PARAMETER Operation
    Id of the operation, or the object that -NoWait gave.

    .PARAMETER Wait
    Wait for its end.

    .PARAMETER Session
    The session, by object, id or name. Default: the one in use.

    .INPUTS
    VmBridge.Operation

    .OUTPUTS
    What the tool of the operation puts out.

    .EXAMPLE
    Test-VmbImage -Image .\web.vhdx -NoWait | Receive-VmbOperation -Wait

    Starts a proof, and waits for its verdict.

    .LINK
    Wait-VmbOperation

    .LINK
    Stop-VmbOperation
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Id')]
        [ValidateNotNullOrEmpty()]
        [string[]] $Operation,

        [switch] $Wait,

        [psobject] $Session
    )
    begin { . Import-VmbPreference $PSCmdlet }
    process {
        foreach ($id in $Operation) {
            $result = $null
            try {
                Import-VmbShape
                $found = Find-VmbSession $Session
                $report = Get-VmbPair (Invoke-VmbRequest $PSCmdlet $found 'operation.get' @{ operation = $id } '' $true) 'operation'
                if ($report['state'] -eq 'running' -and $Wait) { $report = Wait-VmbReport $PSCmdlet $found $id }
                if ($report['state'] -eq 'running') { $PSCmdlet.WriteVerbose("$id still runs: $($report['message'])"); continue }
                if ($report.ContainsKey('fault')) { throw (ConvertTo-VmbException $report['fault']) }
                $result = Get-VmbEnd $report
            } catch [System.Management.Automation.PipelineStoppedException] { throw } catch {
                Write-VmbError $PSCmdlet (Get-VmbException $_) $id
            }
            if ($null -eq $result) { continue }
            # Outside, since what fails further on in the pipeline is no error of the operation.
            Write-VmbResult @{ Cmdlet = $PSCmdlet; Tool = $report['tool']; Spec = $script:VmbTools[$report['tool']]; Params = @{}; Target = $id; Session = $found } $result
        }
    }
}

# The last report of an operation that somebody else started: giving up on it does not stop it.
function Wait-VmbReport($Cmdlet, $Session, [string] $Operation) {
    do {
        $report = Get-VmbPair (Invoke-VmbRequest $Cmdlet $Session 'operation.wait' ([ordered]@{ operation = $Operation; seconds = 3600 }) $Operation $true) 'operation'
    } while ($report['state'] -eq 'running')
    , $report
}
