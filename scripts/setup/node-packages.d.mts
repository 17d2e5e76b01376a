export declare function areNodePackagesFresh(): boolean;
export declare function npmCommand(args: readonly string[]): {
  readonly file: string;
  readonly args: string[];
  readonly shell: boolean;
};
export declare function ensureNodePackages(): Promise<void>;
