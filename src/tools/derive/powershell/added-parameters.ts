import type { Cmdlet } from './cmdlet.ts';
import type { Parameter } from './parameters.ts';

const plain = { mandatory: false, pipeline: false, byName: false, aliases: [], wildcards: false, checks: [] };

/** What PowerShell adds to a cmdlet that asks before it acts, or that gives pages. */
export function addedParameters({ asks, paged }: Pick<Cmdlet, 'asks' | 'paged'>): Parameter[] {
  return [
    ...(asks
      ? [
          {
            ...plain,
            name: 'WhatIf',
            aliases: ['wi'],
            type: 'switch',
            description: 'Only show what would be done, step by step.',
          },
          { ...plain, name: 'Confirm', aliases: ['cf'], type: 'switch', description: 'Ask before it is done.' },
        ]
      : []),
    ...(paged
      ? [
          { ...plain, name: 'IncludeTotalCount', type: 'switch', description: 'Also say how many there are.' },
          { ...plain, name: 'Skip', type: 'ulong', description: 'How many to leave out at the beginning.' },
          { ...plain, name: 'First', type: 'ulong', description: 'How many to give at most.' },
        ]
      : []),
  ];
}
