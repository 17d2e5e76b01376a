import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiMethod } from '../../../src/providers/proxmox/api/api-schema.ts';
import { checkParameters, type ParameterProblem } from '../../../src/providers/proxmox/api/check-parameters.ts';
import type { ApiValue } from '../../../src/providers/proxmox/api/check-value.ts';
import { findPath, nearPaths } from '../../../src/providers/proxmox/api/find-path.ts';
import { parseApiDocument } from '../../../src/providers/proxmox/api/parse-api-document.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { apiDocument } from '../../support/proxmox/http/apidoc.ts';
import { checkParameters as checkAsHost, type Values } from '../../support/proxmox/schema/check-parameters.ts';
import { loadSchema } from '../../support/proxmox/schema/contracts.ts';
import type { Method } from '../../support/proxmox/schema/types.ts';
import { arbitraryRequest } from './contract/support/arbitrary-request.ts';
import { breakRequest } from './contract/support/break-request.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `the check of parameters of %s ${missing ?? ''}`,
  version => {
    const official = missing === undefined ? loadSchema(version) : undefined;
    const methods = [...(official?.paths.values() ?? [])].flatMap(each => [...each.values()]);
    const schema = official === undefined ? undefined : parseApiDocument(apiDocument(official), version);

    const declared = ({ template, verb }: Method): ApiMethod => {
      const found = schema?.paths[template]?.[verb];
      if (found === undefined) throw new Error(`${verb} ${template} was not read`);
      return found;
    };
    const someMethod = fc
      .integer({ min: 0, max: Math.max(0, methods.length - 1) })
      .map(index => methods[index] as Method);
    const ownProblems = (method: Method, values: Values): readonly ParameterProblem[] =>
      checkParameters(declared(method), values as Record<string, ApiValue>).problems;

    it('knows every method and every parameter', () => {
      for (const method of methods)
        expect(Object.keys(declared(method).parameters)).toEqual([...method.parameters.keys()]);
      expect(methods.length).toBeGreaterThan(600);
    });

    it('lets pass what the host takes, and names what it refuses', () => {
      const requests = someMethod.chain(method => fc.tuple(fc.constant(method), arbitraryRequest(method), fc.nat()));
      let broken = 0;
      fc.assert(
        fc.property(requests, ([method, values, choice]) => {
          expect(hostProblems(method, values)).toEqual([]);
          expect(ownProblems(method, values)).toEqual([]);
          const wrong = breakRequest(method, values, choice);
          if (wrong === undefined) return;
          broken += 1;
          expect(hostProblems(method, wrong.values)).toContain(wrong.name);
          // Where the host wants one text with commas, a list is taken here, and sent as such a text.
          const format = declared(method).parameters[wrong.name]?.format;
          if (Array.isArray(wrong.values[wrong.name]) && String(format).endsWith('-list')) return;
          expect(ownProblems(method, wrong.values).map(({ field }) => field)).toContain(wrong.name);
        }),
        { numRuns: 1500 },
      );
      expect(broken).toBeGreaterThan(500);
    });

    it('never repeats a value: it may be a secret', () => {
      const secret = 'tr0ub4dor,and=3';
      for (const method of methods) {
        const values = Object.fromEntries(
          [...method.parameters.keys()].map(name => [name.replace('[n]', '0'), secret]),
        );
        expect(JSON.stringify(ownProblems(method, values))).not.toMatch(/tr0ub4dor/);
      }
    });

    it('finds each path by its template, and with values in it', () => {
      if (schema === undefined) throw new Error('no schema');
      for (const template of Object.keys(schema.paths)) {
        expect(findPath(schema, template)?.template).toBe(template);
        const concrete = template.replace(/\{(\w+)\}/g, '-$1-');
        expect(findPath(schema, concrete)?.template).toBe(template);
      }
      expect(findPath(schema, '/nodes/pve1/qemu/100/nothing')).toBeUndefined();
      expect(nearPaths(schema, '/nodes/pve1/qemu/100/confg')).toContain('/nodes/{node}/qemu/{vmid}/config');
    });
  },
);

function hostProblems(method: Method, values: Values): string[] {
  try {
    checkAsHost(method, values);
    return [];
  } catch (error) {
    return Object.keys((error as { errors?: object }).errors ?? {});
  }
}

/** As a server publishes it; nothing of it may be run. */
const document = `// the API viewer
const apiSchema = [
  { "path": "/things", "text": "things", "leaf": 0, "children": [
    { "path": "/things/{id}", "text": "{id}", "leaf": 1, "info": {
      "PUT": { "method": "PUT", "name": "change", "description": "Change a [thing].\\n\\nWith care \\"]\\".", "parameters": {
        "additionalProperties": 0, "properties": {
          "id": { "type": "string", "format": "pve-configid" },
          "count": { "type": "integer", "minimum": 1, "maximum": 5, "optional": 1 },
          "ratio": { "type": "number", "optional": 1 },
          "kind": { "type": "string", "enum": [ "big", "small" ], "optional": 1 },
          "colour": { "type": "string", "pattern": "(?^i:red|gr[ae]y)", "maxLength": 4, "optional": 1 },
          "quick": { "type": "boolean", "optional": 1 },
          "nodes": { "type": "string", "format": "pve-node-list", "optional": 1 },
          "names": { "type": "array", "items": { "type": "string", "minLength": 2 }, "optional": 1 },
          "net[n]": { "type": "string", "optional": 1, "format": {
            "model": { "type": "string", "enum": [ "virtio", "e1000" ], "default_key": 1 },
            "macaddr": { "type": "string", "format": "mac-addr", "optional": 1 },
            "virtio": { "alias": "macaddr", "keyAlias": "model", "optional": 1 },
            "rate": { "type": "number", "minimum": 0, "optional": 1 } } },
          "token": { "type": "string", "optional": 1, "requires": "kind" },
          "height": { "type": "integer", "optional": 1, "type-property": "kind", "instance-types": [ "big" ] } } },
        "returns": { "type": "null" } } } } ] }
];
throw new Error("run");
let method2cmd = { GET: [ 'get' ] };
`;

describe('a small schema', () => {
  const schema = parseApiDocument(document, '1.0');
  const method = schema.paths['/things/{id}']?.PUT;
  const check = (params: Record<string, ApiValue>) => {
    if (method === undefined) throw new Error('the method was not read');
    return checkParameters(method, { id: 'one', ...params });
  };
  const problems = (params: Record<string, ApiValue>) =>
    check(params).problems.map(({ field, problem }) => `${field} ${problem}`);

  it('is read from a document without running it', () => {
    expect(Object.keys(schema.paths)).toEqual(['/things/{id}']);
    expect(method?.description).toBe('Change a [thing].');
    expect(() => parseApiDocument('<html>Sign in</html>', '1.0')).toThrow(/could not be read/);
    expect(() => parseApiDocument('const apiSchema = [ { "a": "]" }', '1.0')).toThrow(/has no end/);
    expect(() => parseApiDocument('const apiSchema = [ alert(1) ];', '1.0')).toThrow(/not JSON/);
  });

  it('takes what is right', () => {
    const right: Record<string, ApiValue> = {
      ...{ count: 3, ratio: '1.5', kind: 'big', colour: 'GREY', quick: 'off', height: 7, token: 'x' },
      ...{ net0: 'virtio=BC:24:11:00:00:01,rate=2', net12: 'e1000', nodes: ['pve1', 'pve2'], names: ['ab', 'cd'] },
    };
    const checked = check(right);
    expect(checked.problems).toEqual([]);
    expect(checked.params.nodes).toBe('pve1,pve2');
    expect(checked.params.names).toEqual(['ab', 'cd']);
    expect(check({ names: 'ab' }).params.names).toEqual(['ab']);
  });

  it.each<[Record<string, ApiValue>, string]>([
    [{ id: '1' }, 'id is not of the format pve-configid'],
    [{ count: 0 }, 'count must not be below 1'],
    [{ count: 6 }, 'count must not be above 5'],
    [{ count: 1.5 }, 'count must be a whole number'],
    [{ ratio: 'much' }, 'ratio must be a number'],
    [{ kind: 'huge' }, 'kind is not one of the values'],
    [{ colour: 'blue' }, 'colour does not match the pattern'],
    [{ colour: 'reddish' }, 'colour must have at most 4 characters'],
    [{ quick: 'soon' }, 'quick must be true or false'],
    [{ nodes: 'pve1,-' }, 'nodes is not of the format pve-node-list'],
    [{ kind: ['big'] }, 'kind must not be a list'],
    [{ names: ['ab', 'c'] }, 'names must have at least 2 characters'],
    [{ net0: 'rate=2' }, 'net0 lacks its part model'],
    [{ net0: 'virtio=BC:24:11:00:00:01,e1000' }, 'net0 has its part model twice'],
    [{ net0: 'virtio=BC:24:11' }, 'net0 its part macaddr is not of the format mac-addr'],
    [{ net0: 'e1000,speed=3' }, 'net0 has a part speed, which there is not'],
    [{ token: 'x' }, 'kind is missing, and token needs it'],
    [{ kind: 'small', height: 2 }, 'height is not for this kind'],
    [{ couunt: 2 }, 'couunt is not taken here'],
    [{ 'net[n]': 'e1000' }, 'net[n] is not taken here'],
    [{ net01: 'e1000' }, 'net01 is not taken here'],
  ])('refuses %o', (params, told) => {
    expect(problems(params)).toEqual([told]);
  });

  it('says what is missing, and what a misspelt one may have meant', () => {
    if (method === undefined) throw new Error('the method was not read');
    expect(checkParameters(method, {}).problems).toEqual([
      { field: 'id', problem: 'is missing', wants: 'string, pve-configid' },
    ]);
    expect(check({ couunt: 2 }).problems[0]?.wants).toBe('Did you mean count?');
    expect(check({ count: 9 }).problems[0]?.wants).toBe('integer, 1 to 5');
    expect(check({ net0: 'x' }).problems[0]?.wants).toBe('string, model=…,[macaddr=…],[rate=…]');
  });
});
