export declare const oldest: readonly [number, number];
export declare function isNewEnough(version: string): boolean;
export declare function packagedNode(): string | undefined;
export declare function ensureNewerNode(): Promise<string>;
