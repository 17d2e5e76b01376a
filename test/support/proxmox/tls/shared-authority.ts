import { Authority, type Certificate } from './authority.ts';

let shared: { authority: Authority; certificates: Map<string, Certificate> } | undefined;
let users = 0;

// A worker of the test runner is ended without a word: what uses it without a server is cleared away here.
if (process.env.VITEST_WORKER_ID !== undefined) {
  const { afterAll } = await import('vitest');
  afterAll(() => shared?.authority.remove());
}

function ensure(): NonNullable<typeof shared> {
  shared ??= { authority: new Authority('vmbridge test cluster'), certificates: new Map() };
  return shared;
}

/** One authority for all servers of a test file: making keys takes a while. */
export function sharedAuthority(): Authority {
  return ensure().authority;
}

/** Its files stay for as long as some server holds it. */
export function holdAuthority(): () => void {
  users++;
  let held = true;
  return () => {
    if (held) users--;
    held = false;
    if (users === 0) shared?.authority.remove();
  };
}

/** The certificate of a node, made once. */
export function nodeCertificate(node: string): Certificate {
  const { authority, certificates } = ensure();
  const made = certificates.get(node) ?? authority.forServer([node, `${node}.lab`, 'localhost', '127.0.0.1']);
  certificates.set(node, made);
  return made;
}
