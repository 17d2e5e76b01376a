export interface Upid {
  readonly node: string;
  /** e.g. qmstart, vzdump. */
  readonly type: string;
  /** What it is about, mostly a vmid; may be empty. */
  readonly subject: string;
  readonly user: string;
  readonly startedAt: Date;
}

/** Takes apart "UPID:pve1:0004C2D5:01D2B4F1:65A1B2C3:qmstart:100:root@pam:"; undefined for what is none. */
export function parseUpid(text: string): Upid | undefined {
  const match =
    /^UPID:([a-zA-Z\d](?:[a-zA-Z\d-]*[a-zA-Z\d])?):[\da-fA-F]{8}:[\da-fA-F]{8,9}:([\da-fA-F]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/.exec(
      text,
    );
  const [, node, start, type, subject, user] = match ?? [];
  if (node === undefined || start === undefined || type === undefined || subject === undefined || user === undefined) {
    return undefined;
  }
  return { node, type, subject, user, startedAt: new Date(Number.parseInt(start, 16) * 1000) };
}
