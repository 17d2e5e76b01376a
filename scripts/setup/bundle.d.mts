export declare const bundle: string;
export declare function isBundleFresh(): boolean;
export declare function ensureBundle(node: string): Promise<void>;
