import { z } from 'zod';
import methods from '../../catalog/methods.json' with { type: 'json' };
import { Fault, type FaultCode, faultCodes } from '../../errors/fault.ts';
import { logLevels } from '../../host/log.ts';
import type { DoorName } from '../../model/call.ts';
import { missingPart } from '../../model/inventory.ts';
import { machine } from '../../model/machine.ts';
import { plan } from '../../model/plan.ts';
import type { Bridge } from '../bridge.ts';
import { toJsonRpcError } from '../faults.ts';
import { isShownAt } from '../guard.ts';
import { version } from '../version.ts';

const meanings: Readonly<Record<FaultCode, string>> = {
  not_found: 'What was named does not exist.',
  ambiguous: 'A name fits several things; data.candidates lists them.',
  unavailable: 'What is needed cannot be used here at present.',
  unsupported: 'The provider cannot do this.',
  invalid: 'The params are wrong; data.problems names each field.',
  conflict: 'The present state of things does not allow it.',
  denied: 'The guard, or the system, forbids it.',
  approval_required: 'A person has to approve it.',
  timeout: 'It took too long.',
  cancelled: 'It was cancelled.',
  busy: 'Something else is using it.',
  host_fault: 'The host is to blame, not what was asked about.',
  failed: 'It failed.',
};

const protocolErrors = {
  parse_error: { code: -32700, message: 'A message is not JSON, or its header is wrong.' },
  invalid_request: { code: -32600, message: 'A message is not a JSON-RPC 2.0 request, or is a batch, or too long.' },
  method_not_found: { code: -32601, message: 'There is no such method.' },
};

const description = [
  'Params are one object. Next to its fields, params may hold "workDoneToken", a string or a number: progress then comes',
  'as notifications "$/progress" with {token, value: {kind: "report", percentage?, message}}. "$/cancelRequest" with {id}',
  'cancels a request. "rpc.toolsChanged" tells that this document has changed. The data of an error is an object with',
  'code (a word), message, remedy, data and log. Where a method takes "wait", the work goes on as an operation after so',
  'many seconds. "rpc.plan" with {method, params} answers with {plan}: what such a call would do, without doing it.',
  '"rpc.setLogLevel" with {level: "error" | "warn" | "info" | "debug" | "off"} has lines of the log sent from then on, as',
  'notifications "rpc.log" with {level, message}. "vm.watch" answers with the machines and has what becomes of them sent as',
  'notifications "vm.changed" with {watch, added, changed, removed, missing}, until "vm.unwatch". A server started with "--attended" takes each call as one that a person',
  'has confirmed.',
].join(' ');

/** The OpenRPC document of what is offered at this moment (https://spec.open-rpc.org). */
export async function discover(bridge: Bridge, door: DoorName): Promise<Record<string, unknown>> {
  const shown = bridge.listTools().filter(tool => isShownAt(tool, door));
  const offered = new Set(shown.map(tool => tool.id));
  const errors = { ...protocolErrors, ...Object.fromEntries(faultCodes.map(code => [code, describeError(code)])) };
  const references = Object.keys(errors).map(name => ({ $ref: `#/components/errors/${name}` }));
  return {
    openrpc: '1.3.2',
    info: { title: 'vmbridge', version, description },
    methods: [
      discoverMethod,
      planMethod,
      logMethod,
      ...(offered.has('vm.list') ? [watchMethod, unwatchMethod] : []),
      ...methods.filter(method => offered.has(method.name)).map(method => ({ ...method, errors: references })),
    ],
    components: { errors },
  };
}

const discoverMethod = {
  name: 'rpc.discover',
  summary: 'Return this document.',
  params: [],
  result: {
    name: 'document',
    schema: { $ref: 'https://raw.githubusercontent.com/open-rpc/meta-schema/master/schema.json' },
  },
};

const planMethod = {
  name: 'rpc.plan',
  summary: 'Tell what a call would do, and do nothing.',
  paramStructure: 'by-name',
  params: [
    { name: 'method', required: true, schema: { type: 'string' } },
    { name: 'params', required: false, schema: { type: 'object' } },
  ],
  result: {
    name: 'plan',
    schema: z.toJSONSchema(z.strictObject({ plan }), { io: 'output' }),
  },
};

const logMethod = {
  name: 'rpc.setLogLevel',
  summary: 'Have lines of the log of this level and above sent as rpc.log.',
  paramStructure: 'by-name',
  params: [{ name: 'level', required: true, schema: { enum: [...logLevels, 'off'] } }],
  result: { name: 'nothing', schema: { type: 'object' } },
};

const nothing = { name: 'nothing', schema: { type: 'object' } };

const watchMethod = {
  name: 'vm.watch',
  summary: 'Tell the machines, and from then on what becomes of them, as vm.changed.',
  paramStructure: 'by-name',
  params: [{ name: 'filter', required: false, schema: { type: 'object', description: 'Filters of vm.list.' } }],
  result: {
    name: 'watching',
    schema: z.toJSONSchema(
      z.strictObject({ watch: z.string(), machines: z.array(machine), missing: z.array(missingPart) }),
      { io: 'output' },
    ),
  },
};

const unwatchMethod = {
  name: 'vm.unwatch',
  summary: 'End a watch.',
  paramStructure: 'by-name',
  params: [{ name: 'watch', required: true, schema: { type: 'string' } }],
  result: nothing,
};

function describeError(code: FaultCode): { code: number; message: string } {
  return { code: toJsonRpcError(new Fault(code, meanings[code])).code, message: meanings[code] };
}
