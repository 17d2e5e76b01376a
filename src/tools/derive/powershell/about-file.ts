import type { Cmdlet } from './cmdlet.ts';
import { handWritten } from './hand-written.ts';
import type { ShellWords } from './shell-words.ts';
import { wrapText } from './wrap-text.ts';

/** The text of `en-US/about_VmBridge.help.txt`. */
export function aboutFile(cmdlets: readonly Cmdlet[], words: ShellWords): string {
  const groups = [...Map.groupBy(cmdlets, ({ tools }) => tools[0]?.group ?? '')].sort(([a], [b]) => (a < b ? -1 : 1));
  const lists = groups.flatMap(([group, members]) => [
    `  ${group}`,
    ...members.flatMap(({ name, tools }) => listed(name, words(tools[0]?.summary ?? ''))),
    '',
  ]);
  const own = ['  session', ...handWritten.map(name => `    ${name}`), ''];
  return `${[...reflow(before), '', 'CMDLETS', ...own, ...lists, ...reflow(after)].join('\n')}\n`;
}

const width = 80;

function listed(name: string, summary: string): string[] {
  const lines = wrapText(summary, width - 29);
  return lines.map((line, index) => `    ${(index === 0 ? name : '').padEnd(24)} ${line}`);
}

/** Paragraphs in lines of the usual width; what is set in by eight is code and stays. */
function reflow(text: string): string[] {
  const paragraphs = text.trim().split('\n\n');
  return paragraphs.flatMap((paragraph, index) => [...(index === 0 ? [] : ['']), ...reflowParagraph(paragraph)]);
}

function reflowParagraph(paragraph: string): string[] {
  const heads = paragraph.split('\n').filter(line => /^ {0,3}\S/.test(line));
  const body = paragraph.split('\n').slice(heads.length);
  if (body[0]?.startsWith('        ')) return paragraph.split('\n');
  return [...heads, ...wrapText(body.join(' '), width - 4).map(line => `    ${line}`)];
}

const before = `
TOPIC
    about_VmBridge

SHORT DESCRIPTION
    Virtual machines and disk images of every provider, through the program vmbridge.

LONG DESCRIPTION
    Each cmdlet calls a tool of vmbridge. The module starts the program by itself, once for a session of PowerShell, and ends it
    when the module is removed or PowerShell ends. It runs under PowerShell 7.2 and later on Windows, Linux and macOS, and under
    Windows PowerShell 5.1.

  Connecting
    Nothing has to be done for this computer. Connect-VmBridge opens a session with another computer, over SSH, or with other
    options; cmdlets then use that session, or the one that -Session names. Disconnect-VmBridge closes it. Get-VmBridge tells which
    sessions there are.

        Connect-VmBridge -HostName ada@backup-host
        Test-VmbImage -Image /backups/web.vhdx
        Disconnect-VmBridge

    Paths are those of the computer that vmbridge runs on. Here, relative ones start at the location of PowerShell.

  Trying first
    Whatever changes something takes -WhatIf, which shows the steps that the server would take with their commands, and -Confirm.
    What destroys something asks before it does so, with the same steps; -Force leaves the question out.

        Remove-VmbVM -VM web -WhatIf

  Objects
    What cmdlets put out can be piped into others: Get-VmbVM web* | Stop-VmbVM. Sizes are numbers of bytes and times are local.
    Format-List shows all that an object holds.

  Hosts and their secrets
    Machines of other hosts, such as a Proxmox VE cluster, are listed and driven like those of this computer once the host is known.
    Its secret is kept apart, under a name: it is asked for, and shown nowhere.

        Set-VmbCredential lab
        Add-VmbHost lab proxmox pve1.lab -User root@pam -TokenId vmbridge -SecretName lab
        Test-VmbHost lab
        Get-VmbVM -HostName lab

    A list holds what all providers and hosts have. One that could not be asked is a warning, and the others are there. -HostName
    and -Provider ask for a part. Get-VmbConflict tells what does not go together, such as two machines with one disk;
    Measure-VmbResource sums up, and Find-VmbMissingBackup names machines without a backup.

        Get-VmbHost | Get-VmbNode
        Get-VmbVM -State running | Measure-VmbVM | Sort-Object residentBytes

  Undoing
    What a change puts out has a property "undo", which says how it is undone, or why it can not be.

        $machine = Stop-VmbVM web
        Undo-VmbOperation $machine.undo

  Approvals
    What an assistant wants to change waits for a person. Get-VmbApproval shows the steps, Resolve-VmbApproval decides.

        Get-VmbApproval -State pending | Format-List
        Get-VmbApproval -State pending | Resolve-VmbApproval -Decision deny

  Operations
    What takes long shows its progress, and Ctrl+C cancels it. With -NoWait it goes on as an operation, which Get-VmbOperation shows,
    Wait-VmbOperation waits for and Stop-VmbOperation cancels. Receive-VmbOperation gives its result.

        $operation = Test-VmbImage -Image /backups/web.vhdx -NoWait
        $operation | Receive-VmbOperation -Wait

  Errors
    An error has the id vmbridge.CODE, a category, and where there is one a remedy: $Error[0].ErrorDetails.RecommendedAction. The codes
    are those of every other way to call vmbridge. One thing of several that cannot be dealt with is an error of its own, and the others
    go on; -ErrorAction Stop ends it all.

  Configuration
    vmbridge reads its own configuration file; the module has no settings of its own. Get-VmbConfiguration and Set-VmbConfiguration
    read and write that file. -Verbose and -Debug show what vmbridge logs.
`;

const after = `
SEE ALSO
    Get-Help Connect-VmBridge -Full; Get-Command -Module VmBridge
`;
