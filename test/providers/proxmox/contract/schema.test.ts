import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingContracts, startContractServer } from '../../../support/proxmox/contract-server.ts';
import { handlerKeys } from '../../../support/proxmox/handlers/index.ts';
import { ApiError } from '../../../support/proxmox/schema/api-error.ts';
import { checkParameters, type Values } from '../../../support/proxmox/schema/check-parameters.ts';
import { loadSchema, type Version } from '../../../support/proxmox/schema/contracts.ts';
import type { Method } from '../../../support/proxmox/schema/types.ts';
import { arbitraryRequest } from './support/arbitrary-request.ts';
import { breakRequest } from './support/break-request.ts';
import { Caller } from './support/caller.ts';

const missing = missingContracts();
const versions: readonly Version[] = ['8.4', '9.2'];

function methodsOf(version: Version): Method[] {
  return [...loadSchema(version).paths.values()].flatMap(methods => [...methods.values()]);
}

describe.skipIf(missing !== undefined)(`the official schema ${missing ?? ''}`, () => {
  it.each([
    ['8.4', 398, 605],
    ['9.2', 444, 675],
  ] as const)('of %s has %i paths and %i methods', (version, paths, methods) => {
    expect(loadSchema(version).paths.size).toBe(paths);
    expect(methodsOf(version)).toHaveLength(methods);
  });

  it('knows each handler of the contract server in one version at least', () => {
    const known = new Set(versions.flatMap(methodsOf).map(({ verb, template }) => `${verb} ${template}`));
    const strange = handlerKeys().filter(key => !['qemu', 'lxc'].some(type => known.has(key.replace('{type}', type))));
    expect(strange).toEqual([]);
  });

  it.each(versions)('of %s: every method can be called', async version => {
    await using server = await startContractServer({ version, taskMilliseconds: 0 });
    using caller = new Caller(server);
    const odd: string[] = [];
    for (const method of methodsOf(version)) {
      const [values = {}] = fc.sample(arbitraryRequest(method, false), { numRuns: 1, seed: 1 });
      const { status, reason, body } = await caller.call(method, values);
      if (![200, 500].includes(status)) odd.push(`${method.verb} ${method.template} ${status} ${reason} ${body}`);
    }
    // What these ask for besides, no schema tells.
    const known =
      /^(POST \/access\/ticket 401|\w+ \S+\/network\/\{iface\} 400.*does not exist|\w+ \S+\/tasks\/\{upid\}\S* 400.*worker upid|\w+ \/cluster\/backup\S* 400.*(No such job|'schedule' were set)|POST \S+\/(upload|download-url|vzdump) 400.*(tmpfilename|extension|vmid))/;
    expect(odd.filter(line => !known.test(line))).toEqual([]);
    expect(server.mistakes).toEqual([]);
  });

  it.each(versions)('of %s: what it allows passes, and each kind of mistake is named', version => {
    const methods = methodsOf(version);
    const requests = fc.integer({ min: 0, max: methods.length - 1 }).chain(index => {
      const method = methods[index] as Method;
      return fc.tuple(fc.constant(method), arbitraryRequest(method), fc.nat());
    });
    fc.assert(
      fc.property(requests, ([method, values, choice]) => {
        expect(problemsOf(method, values)).toEqual({});
        const broken = breakRequest(method, values, choice);
        if (broken !== undefined) expect(problemsOf(method, broken.values)).toHaveProperty([broken.name]);
      }),
      { numRuns: 1500 },
    );
  });
});

function problemsOf(method: Method, values: Values): object {
  try {
    checkParameters(method, values);
    return {};
  } catch (error) {
    if (error instanceof ApiError) return error.errors ?? {};
    throw error;
  }
}
