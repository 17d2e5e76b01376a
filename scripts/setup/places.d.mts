export declare const root: string;
export declare const cacheFolder: string;
export declare const logFile: string;
export declare const callerFolder: string;
