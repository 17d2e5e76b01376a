export declare function withLock<Result>(lock: string, work: () => Promise<Result>): Promise<Result>;
