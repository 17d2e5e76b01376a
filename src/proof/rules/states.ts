import type { VerdictState } from '../../model/verdict.ts';

/** What each state means, for people; in the order of the ladder. */
export const stateMeanings: Readonly<Record<VerdictState, string>> = {
  firmware: 'The machine did not get beyond its firmware in time.',
  no_boot_device: 'The firmware found nothing that it can boot.',
  boot_menu: 'A boot menu waits for a choice, without a time limit.',
  bootloader_error: 'A boot loader started and stopped with an error or at its own prompt.',
  kernel_started: 'A kernel started, and no end state was reached in time.',
  disk_check: 'File systems were still being checked when time was up.',
  updating: 'Updates were still being installed when time was up.',
  kernel_panic: 'The kernel stopped with a panic.',
  blue_screen: 'Windows stopped with a stop code, which the verdict tells where it could be read.',
  emergency_shell: 'The boot ended in the shell of the initial file system, or in emergency or rescue mode.',
  recovery: 'Windows started its automatic repair or its recovery environment.',
  bitlocker_recovery: 'The disk is encrypted with BitLocker, which asks for its key.',
  login: 'A text login prompt waits for a user name, or the system offers its console or logged its user in there.',
  graphical_login: 'A lock or sign-in screen is shown.',
  desktop: 'A desktop is shown: somebody was logged in by the system itself.',
  agent_ready: 'The guest agent answers, while the screen says nothing better.',
  reboot_loop: 'The guest restarts itself again and again; `restarts` counts.',
  frozen: 'Nothing changes any more: screen, serial line and disk are still, and no rule explains why.',
  host_fault: 'QEMU, its accelerator or the host failed; this says nothing about the image.',
  inconclusive: 'None of these: somebody is waited for, the guest switched itself off, or the screen can not be told.',
};
