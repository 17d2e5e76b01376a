import http from 'node:http';

let done = false;

/**
 * Has `fetch` follow HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case of letters. Node before 24.14 cannot be told
 * so while it runs; there the user sets NODE_USE_ENV_PROXY=1.
 */
export function useProxy(environment: Readonly<NodeJS.ProcessEnv> = process.env): void {
  if (done) return;
  done = true;
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'];
  if (!names.some(name => environment[name])) return;
  const { setGlobalProxyFromEnv } = http as { setGlobalProxyFromEnv?: () => unknown };
  setGlobalProxyFromEnv?.();
}
