function Connect-VmBridge {
    <#
    .SYNOPSIS
    Opens a session with vmbridge, here or on another machine.

    .DESCRIPTION
    The cmdlets of this module start vmbridge by themselves. Connect-VmBridge is for another machine, which is reached over
    SSH with the ssh program of this one, or for a vmbridge with other options. The session that was opened last is the one
    that cmdlets use, unless -Session names another.

    .PARAMETER HostName
    The other machine, as ssh takes it: a name, or user@name. Without it vmbridge runs here.

    .PARAMETER Port
    Port of its SSH server.

    .PARAMETER KeyFilePath
    File with the private key.

    .PARAMETER ServerCommand
    How vmbridge is called over there, or here. Default: vmbridge.

    .PARAMETER Name
    Name of the session, for -Session. Default: that of the machine.

    .PARAMETER ReadOnly
    Refuse whatever would change anything.

    .OUTPUTS
    VmBridge.Session

    .EXAMPLE
    Connect-VmBridge -HostName admin@backup1

    Opens a session with vmbridge on backup1; from then on Get-VmbVM lists the machines over there.

    .EXAMPLE
    Get-VmbVM -Session backup1

    Lists them while another session is the one in use.

    .LINK
    Disconnect-VmBridge

    .LINK
    Get-VmBridge
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('VmBridge.Session')]
    param(
        [Parameter(Position = 0)]
        [Alias('ComputerName')]
        [ValidatePattern('^[^\s-][^\s]*$')]
        [string] $HostName,

        [ValidateRange(1, 65535)]
        [int] $Port,

        [ValidateNotNullOrEmpty()]
        [string] $KeyFilePath,

        [ValidateNotNullOrEmpty()]
        [string[]] $ServerCommand,

        [ValidateNotNullOrEmpty()]
        [string] $Name,

        [switch] $ReadOnly
    )
    begin { . Import-VmbPreference $PSCmdlet }
    process {
        $session = $opened = $null
        try {
            $words = @('rpc', '--attended')
            if ($ReadOnly) { $words = @('--read-only') + $words }
            if (-not $HostName) {
                $server = if ($ServerCommand) { $ServerCommand } else { Find-VmbServer }
                $command = @($server) + $words
                $session = Add-VmbSession $(if ($Name) { $Name } else { 'local' }) 'localhost' $command
            } else {
                $command = Get-VmbSshCommand $HostName $Port $KeyFilePath $(if ($ServerCommand) { $ServerCommand } else { 'vmbridge' }) $words
                $session = Add-VmbSession $(if ($Name) { $Name } else { $HostName -replace '^.*@' }) $HostName $command
            }
            # Whether somebody answers is to be known now, and not by the first cmdlet.
            $null = Invoke-VmbRequest $PSCmdlet $session 'operation.list' @{ limit = 1 } '' $false
            if ($HostName) { Write-VmbVersionRemark $PSCmdlet $session }
            $opened = $session
            $session = $null
        } catch [System.Management.Automation.PipelineStoppedException] { throw } catch {
            Write-VmbError $PSCmdlet (Get-VmbException $_) $HostName
        } finally {
            if ($null -ne $session) { Close-VmbSession $session }
        }
        if ($null -eq $opened) { return }
        $script:VmbDefault = "$($opened.Info.id)"
        $opened.Info
    }
}

# What one of two versions does not know yet is refused by the other, in words that do not tell why.
function Write-VmbVersionRemark($Cmdlet, $Session) {
    $there = [string](Get-VmbPair (Invoke-VmbRequest $Cmdlet $Session 'rpc.discover' @{} '' $true) 'info')['version']
    $here = [string]$ExecutionContext.SessionState.Module.Version
    if (($there -replace '[-+].*$') -eq $here) { return }
    $Cmdlet.WriteWarning("vmbridge on $($Session.Info.hostName) is version $there, this module $here. What one of them does not know fails; install the same version on both.")
}

# ssh hands its words to a shell over there as one line, whichever that is: only words that every shell leaves alone.
function Get-VmbSshCommand([string] $HostName, [int] $Port, [string] $KeyFile, [string[]] $Server, [string[]] $Words) {
    $ssh = Get-Command -Name ssh -CommandType Application -ErrorAction Ignore
    if ($null -eq $ssh) { throw (ConvertTo-VmbFault 'unavailable' 'The program ssh is not installed.' 'Install the OpenSSH client (Windows: Settings, Optional features).') }
    $options = @('-T', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4', '-o', 'ConnectTimeout=30')
    # There its questions would stand on a console that nobody sees.
    if ([System.IO.Path]::DirectorySeparatorChar -eq '\') { $options += '-o', 'BatchMode=yes' }
    if ($Port) { $options += '-p', "$Port" }
    if ($KeyFile) { $options += '-i', $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($KeyFile) }
    $unsafe = @($Server -notmatch '^[\w@%+=:,./\\-]+$')
    if ($unsafe.Count -gt 0) {
        throw (ConvertTo-VmbFault 'invalid' "The word `"$($unsafe[0])`" of -ServerCommand could mean something to the shell over there." 'Put vmbridge on the search path of the other machine, or a script without spaces in its path.' @{ field = 'ServerCommand' })
    }
    @(@($ssh)[0].Source) + $options + @('--', $HostName) + $Server + $Words
}

function Disconnect-VmBridge {
    <#
    .SYNOPSIS
    Closes sessions and ends their servers.

    .DESCRIPTION
    Machines that were started with -Outlive, or by a person on a host that keeps them, go on; what a call had under way is cancelled.

    .PARAMETER Session
    The session, by object, id or name. Default: the one in use.

    .EXAMPLE
    Get-VmBridge | Disconnect-VmBridge

    Closes all.

    .LINK
    Connect-VmBridge
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType([void])]
    param(
        [Parameter(Position = 0, ValueFromPipeline)]
        [psobject] $Session
    )
    begin { . Import-VmbPreference $PSCmdlet }
    process {
        if ($null -eq $Session -and $null -eq $script:VmbDefault) { return }
        try { Close-VmbSession (Find-VmbSession $Session) } catch {
            Write-VmbError $PSCmdlet (Get-VmbException $_) $Session
        }
    }
}

function Get-VmBridge {
    <#
    .SYNOPSIS
    Lists the sessions with vmbridge in this PowerShell.

    .DESCRIPTION
    A session is there from the first cmdlet on, or from Connect-VmBridge.

    .PARAMETER Name
    Pattern for the name; * and ? are wildcards.

    .OUTPUTS
    VmBridge.Session

    .EXAMPLE
    Get-VmBridge

    Lists them.

    .LINK
    Connect-VmBridge
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('VmBridge.Session')]
    param(
        [Parameter(Position = 0)]
        [SupportsWildcards()]
        [string] $Name = '*'
    )
    process {
        foreach ($session in @($script:VmbSessions.Values)) { if ($session.Info.name -like $Name) { $session.Info } }
    }
}
