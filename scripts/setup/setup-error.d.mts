export declare class SetupError extends Error {
  constructor(message: string, details?: { remedy?: string; output?: string; status?: number; cause?: unknown });
  remedy: string | undefined;
  output: string | undefined;
  status: number;
}
export declare function explainOutput(output: string): string | undefined;
