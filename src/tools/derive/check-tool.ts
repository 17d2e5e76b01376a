import { z } from 'zod';
import type { Tool } from '../define-tool.ts';
import { toJsonSchema } from './json-schema.ts';
import { checkParameters, sharedParameters } from './powershell/check-parameters.ts';

// https://learn.microsoft.com/powershell/scripting/developer/cmdlet/approved-verbs-for-windows-powershell-commands
const approvedVerbs = new Set(
  'Add Approve Assert Backup Block Build Checkpoint Clear Close Compare Complete Compress Confirm Connect Convert ConvertFrom ConvertTo Copy Debug Deny Deploy Disable Disconnect Dismount Edit Enable Enter Exit Expand Export Find Format Get Grant Group Hide Import Initialize Install Invoke Join Limit Lock Measure Merge Mount Move New Open Optimize Out Ping Pop Protect Publish Push Read Receive Redo Register Remove Rename Repair Request Reset Resize Resolve Restart Restore Resume Revoke Save Search Select Send Set Show Skip Split Start Step Stop Submit Suspend Switch Sync Test Trace Unblock Undo Uninstall Unlock Unprotect Unpublish Unregister Update Use Wait Watch Write'.split(
    ' ',
  ),
);

/** What is wrong with a declaration, as sentences; an empty list when nothing is. */
export function checkTool(tool: Tool): string[] {
  return [
    ...checkNames(tool),
    ...checkFields(tool),
    ...checkParameters(tool),
    ...checkMarks(tool),
    ...checkExamples(tool),
  ].map(problem => `${tool.id}: ${problem}`);
}

/** Two tools give one cmdlet only as the `list` and the `get` of one noun, and then without a parameter of both. */
export function checkCmdlets(tools: readonly Tool[]): string[] {
  const groups = [...Map.groupBy(tools, tool => tool.cmdlet.toLowerCase()).values()].filter(group => group.length > 1);
  const lastWords = (group: readonly Tool[]) =>
    group
      .map(tool => tool.id.split('.').at(-1))
      .sort()
      .join();
  return groups.flatMap(group => {
    const names = group.map(tool => tool.id).join(' and ');
    return [
      ...(lastWords(group) === 'get,list' ? [] : [`${names} give one cmdlet, ${group[0]?.cmdlet}`]),
      ...sharedParameters(group).map(name => `${names} both have a parameter ${name}`),
    ];
  });
}

function checkNames(tool: Tool): string[] {
  const problems: string[] = [];
  if (!/^[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)+$/.test(tool.id))
    problems.push('the id is not dotted lower-camel segments');
  if (tool.id.length > 64) problems.push('the id is longer than 64 characters');
  const [, verb = ''] = /^([A-Z][A-Za-z]*)-Vmb[A-Z][A-Za-z]*$/.exec(tool.cmdlet) ?? [];
  if (!approvedVerbs.has(verb))
    problems.push(`the cmdlet ${tool.cmdlet} is not an approved verb and a noun with the prefix Vmb`);
  if (!/^[A-Z].*\.$/s.test(tool.summary)) problems.push('the summary is not a sentence');
  return problems;
}

function checkFields(tool: Tool): string[] {
  const schema = toJsonSchema(tool.input, 'input');
  return Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>).flatMap(
    ([name, field]) => [
      ...(tool.long && name === 'wait' ? ['the field wait belongs to the operation'] : []),
      ...(field.type === 'boolean' && field.default !== false ? [`the boolean ${name} does not default to false`] : []),
    ],
  );
}

/** The marked fields are left out at times, so neither may be required; the picture of an operation is nowhere shown. */
function checkMarks({ picture, newFile, input, output, long }: Tool): string[] {
  return [
    ...(picture === undefined || isOptional(output, picture) ? [] : [`the picture ${picture} is not optional`]),
    ...(picture !== undefined && long ? ['a tool with a picture starts no operation'] : []),
    ...(newFile === undefined || isOptional(input, newFile) ? [] : [`the new file ${newFile} is not optional`]),
  ];
}

function isOptional({ shape }: z.ZodObject, field: string): boolean {
  const schema: unknown = shape[field];
  return schema instanceof z.ZodOptional;
}

function checkExamples(tool: Tool): string[] {
  if (tool.examples.length === 0) return ['there is no example'];
  return tool.examples.flatMap(example => [
    ...mismatch(tool.input, example.input, `the input of "${example.title}"`),
    ...mismatch(tool.output, example.output, `the output of "${example.title}"`),
  ]);
}

function mismatch(schema: z.ZodType, value: unknown, what: string): string[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).map(issue => `${what} does not parse: ${issue.path.join('.')}: ${issue.message}`);
}
