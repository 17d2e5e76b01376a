export interface PowerShellPlaces {
  readonly cache: string;
  readonly searchPath: string;
}
export type PowerShellEngine =
  | { readonly program: string; readonly reason?: undefined }
  | { readonly program?: undefined; readonly reason: string };
export declare const engineVersion: string;
export declare function isPowerShellNewEnough(text: string): boolean;
export declare function findPowerShellEngine(places?: PowerShellPlaces): PowerShellEngine;
export declare function ensurePowerShell(places?: PowerShellPlaces): Promise<PowerShellEngine>;
