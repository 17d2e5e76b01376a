import { describeValue } from '../output/describe-value.ts';
import type { Session } from '../session.ts';

/** `vmbridge approval list` */
export async function listApprovals(session: Session): Promise<number> {
  return show(session, await session.callAny('approval.list', {}));
}

/** `vmbridge approval decide <id> approve|deny` */
export async function decideApproval(session: Session, id: string, decision: string): Promise<number> {
  return show(session, await session.callAny('approval.decide', { approval: id, decision }));
}

async function show(session: Session, output: Record<string, unknown>): Promise<number> {
  if (session.flags.json) session.printJson(output);
  else session.print(await describeValue(output));
  return 0;
}
