import path from 'node:path';
import { moduleManifest, type PowerShellHost } from './powershell-host.ts';

/** How a parameter can be given in one parameter set. */
export interface DescribedSet {
  readonly set: string;
  readonly mandatory: boolean;
  readonly position: number;
  readonly byValue: boolean;
  readonly byName: boolean;
}

export interface DescribedParameter {
  readonly name: string;
  readonly type: string;
  readonly aliases: readonly string[];
  readonly default: unknown;
  readonly help: string;
  readonly sets: readonly DescribedSet[];
  readonly checks: {
    readonly words?: readonly string[];
    readonly minimum?: number;
    readonly maximum?: number;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly minItems?: number;
    readonly maxItems?: number;
    /** For each probe whether the pattern lets it pass. */
    readonly matches?: readonly boolean[];
  };
}

export interface DescribedExample {
  readonly code: string;
  /** What parser and binder say against it. */
  readonly problems: readonly string[];
  readonly bound: readonly string[];
}

export interface DescribedCmdlet {
  readonly name: string;
  readonly verb: string;
  readonly noun: string;
  readonly shouldProcess: boolean;
  readonly impact: string;
  readonly paging: boolean;
  readonly outputs: readonly string[];
  readonly syntax: string;
  readonly parameters: readonly DescribedParameter[];
  /** The comment in the function, which is the help where the file of the module's help is not found. */
  readonly comment: {
    readonly synopsis: string;
    readonly description: string;
    /** By name in capitals. */
    readonly parameters: Readonly<Record<string, string>>;
    readonly examples: readonly string[];
  };
  readonly help: {
    readonly synopsis: string;
    readonly description: string;
    readonly links: readonly string[];
    readonly examples: readonly DescribedExample[];
  };
}

/** What the engine makes of the module. */
export interface DescribedModule {
  readonly approved: readonly string[];
  readonly declared: readonly string[];
  readonly exported: readonly string[];
  readonly others: readonly string[];
  readonly about: string;
  readonly commands: readonly DescribedCmdlet[];
}

/** Asks the engine for all of it at once. Patterns are tried with the probes. */
export async function describeModule(host: PowerShellHost, probes: readonly string[]): Promise<DescribedModule> {
  const script = path.join(import.meta.dirname, 'describe-module.ps1');
  const texts = probes.map(probe => `[string]::new([char[]]@(${Array.from(probe, unitsOf).join()}))`);
  const { output, errors, warnings } = await host.run(`& '${script}' '${moduleManifest}' @(${texts.join()})`);
  if (errors.length + warnings.length > 0) throw new Error(JSON.stringify([errors, warnings]));
  return JSON.parse(String(output[0])) as DescribedModule;
}

function unitsOf(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at)).join();
}
