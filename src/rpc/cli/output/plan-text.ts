import { quoteWord } from '../../../errors/quote-word.ts';
import type { Plan, PlanStep } from '../../../model/plan.ts';
import { jsonText } from './json-text.ts';
import { plainText } from './plain-text.ts';

const fileVerbs = { create: 'create', write: 'write', move: 'move to', delete: 'delete' } as const;

/** A plan for people: numbered steps, with commands as a shell would take them. */
export function planText({ tool, effect, target, steps }: Plan): string {
  const subject = target === undefined ? tool : `${tool} ${quoteWord(target)}`;
  if (steps.length === 0) {
    const why = effect === 'read' ? 'It only reads.' : 'There is nothing to do.';
    return `${plainText(subject)}: ${why}`;
  }
  const width = String(steps.length).length;
  const lines = steps.flatMap((step, index) => {
    const [first = '', ...others] = describeStep(step);
    const number = `${String(index + 1).padStart(width)}. `;
    return [number + plainText(first), ...others.map(line => ' '.repeat(number.length) + plainText(line))];
  });
  return [`Plan of ${plainText(subject)} (${effect}); nothing has been done:`, ...lines].join('\n');
}

function describeStep({ summary, command, request, file, condition }: PlanStep): string[] {
  return [
    condition === undefined ? summary : `${summary} (${condition})`,
    ...(command === undefined ? [] : [command.map(word => quoteWord(word)).join(' ')]),
    ...(request === undefined ? [] : [`${request.to}: ${jsonText(request.body, 0)}`]),
    ...(file === undefined ? [] : [`${fileVerbs[file.action]} ${quoteWord(file.path)}`]),
  ];
}
