import { type Answer, reply } from './node-server.ts';

export const upid = 'UPID:pve2:0004C2D5:01D2B4F1:65A1B2C3:vzdump:100:ci@pve!vmbridge:';

/** One task of a cluster, as its node tells of it; the test moves it on. */
export class TaskDesk {
  readonly lines: string[] = [];
  status: 'running' | 'stopped' = 'running';
  exitStatus = 'OK';
  stopped = 0;
  /** How the task ends when it is told to. */
  onStop: () => void = () => this.end('interrupted by signal');
  /** Called for each look at its status, before it is answered. */
  onLook: (count: number) => void = () => {};
  looks = 0;

  end(exitStatus = 'OK'): void {
    this.status = 'stopped';
    this.exitStatus = exitStatus;
  }

  readonly answer: Answer = ({ method, target }, response) => {
    const { pathname, searchParams } = new URL(target, 'https://x');
    const path = `/api2/json/nodes/pve2/tasks/${encodeURIComponent(upid)}`;
    if (method === 'POST') return reply(response, upid);
    if (method === 'DELETE' && pathname === path) {
      this.stopped += 1;
      this.onStop();
      return reply(response, null);
    }
    if (pathname === `${path}/status`) {
      this.looks += 1;
      this.onLook(this.looks);
      const exitstatus = this.status === 'stopped' ? { exitstatus: this.exitStatus } : {};
      return reply(response, { upid, node: 'pve2', status: this.status, pid: '12', ...exitstatus });
    }
    if (pathname === `${path}/log`) {
      const [start, limit] = [Number(searchParams.get('start')), Number(searchParams.get('limit') ?? 50)];
      const all = this.lines.map((t, index) => ({ n: index + 1, t }));
      return reply(response, all.length === 0 ? [{ n: 1, t: 'no content' }] : all.slice(start, start + limit));
    }
    return reply(response, new Error('no such path'), 500);
  };
}
