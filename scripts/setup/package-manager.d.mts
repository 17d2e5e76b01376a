export interface System {
  platform: NodeJS.Platform;
  isRoot: boolean;
  hasTerminal: boolean;
  readonly sudoWithoutPassword: boolean;
  hasProgram(name: string): boolean;
  hasFile(path: string): boolean;
}
export type ManagerName = 'apt' | 'dnf' | 'pacman' | 'zypper' | 'apk' | 'brew' | 'winget';
export interface InstallationPlan {
  install: string[];
  allowed: boolean;
  refresh?: string[] | undefined;
  repair?: string[] | undefined;
}
export declare const engineNeeds: readonly string[];
export declare const sampleNeeds: readonly string[];
export declare const testNeeds: readonly string[];
export declare function findMissing(names: readonly string[], system: System): string[];
export declare function chooseManager(system: System): ManagerName | undefined;
export declare function choosePackages(manager: ManagerName, missing: readonly string[]): string[];
export declare function planInstallation(
  manager: ManagerName,
  packages: readonly string[],
  system: System,
): InstallationPlan;
