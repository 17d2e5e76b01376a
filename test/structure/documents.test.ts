import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configurationSchema } from '../../src/bridge/configuration/schema.ts';
import summary from '../../src/catalog/summary.json' with { type: 'json' };
import { verdictState } from '../../src/model/verdict.ts';

const root = path.resolve(import.meta.dirname, '../..');
const documents = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => path.posix.join('docs', name.replaceAll('\\', '/'))),
];

function readText(file: string): string {
  return readFileSync(path.join(root, file), 'utf8').replaceAll('\r\n', '\n');
}

/** First cells of all tables, and what stands in them between backticks. */
function firstCells(file: string): { cell: string; words: string[] }[] {
  return [...readText(file).matchAll(/^\| ([^|]*?) \|/gm)].map(([, cell = '']) => ({
    cell,
    words: [...cell.matchAll(/`([^`]*)`/g)].map(([, word = '']) => word),
  }));
}

describe('the documents', () => {
  it.each(documents)('%s links to what is there', file => {
    const links = [...readText(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const lost = links
      .filter(target => !/^[a-z]+:/.test(target))
      .filter(target => !existsSync(path.join(root, path.dirname(file), target.replace(/#.*/, ''))));
    expect(lost).toEqual([]);
  });

  it('are reached from README.md', () => {
    const text = readText('README.md');
    const pages = documents.filter(file => /^docs\/[^/]+\.md$/.test(file));
    expect(pages.filter(page => !text.includes(`](${page})`))).toEqual([]);
  });

  it('name every dependency, with a reason, and no other', () => {
    const { devDependencies, dependencies, optionalDependencies } = JSON.parse(readText('package.json'));
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const rows = [...readText('docs/dependencies.md').matchAll(/^\| (@?[a-z].*?) \| (.*?) \| (.*?) \|$/gm)].filter(
      ([, cell]) => cell !== 'library',
    );
    expect(rows.filter(([, , purpose, reason]) => !purpose?.trim() || !reason?.trim())).toEqual([]);
    const listed = rows.flatMap(([, cell = '']) => cell.split(', '));
    const isListed = (name: string) =>
      listed.includes(name) || (name.startsWith('@types/') && listed.includes('@types/*'));
    expect(names.filter(name => !isListed(name))).toEqual([]);
    expect(listed.filter(name => name !== '@types/*' && !names.includes(name))).toEqual([]);
  });

  it('explain every key of the configuration', () => {
    const explained = firstCells('docs/configuration.md').flatMap(({ words }) => words);
    const keys = Object.entries(configurationSchema.shape).flatMap(([key, schema]) => {
      const inner = schema.unwrap();
      return inner instanceof z.ZodObject ? Object.keys(inner.shape).map(name => `${key}.${name}`) : [key];
    });
    expect(keys.filter(key => key !== 'providers' && !explained.includes(key))).toEqual([]);
    const example = /```json\n([\s\S]*?)```/.exec(readText('docs/configuration.md'))?.[1] ?? '';
    expect(configurationSchema.safeParse(JSON.parse(example)).error).toBeUndefined();
  });

  it('explain every field of a boot, and every verdict', () => {
    const fields = ['image.boot', 'image.prove'].flatMap(id =>
      Object.keys(summary.tools.find(tool => tool.id === id)?.mcp.inputSchema.properties ?? {}),
    );
    const explained = firstCells('docs/booting.md').flatMap(({ words }) => words);
    const elsewhere = ['image', 'wait', 'until'];
    expect(fields.filter(field => !elsewhere.includes(field) && !explained.includes(field))).toEqual([]);
    const verdicts = firstCells('README.md').flatMap(({ words }) => words);
    expect(verdictState.options.filter(state => !verdicts.includes(state))).toEqual([]);
  });

  it('name every error code of JSON-RPC', () => {
    const { errors } = JSON.parse(readText('schemas/catalog.json'));
    const text = readText('docs/json-rpc.md');
    const rows = errors.map(
      ({ code, jsonRpcCode }: { code: string; jsonRpcCode: number }) => `| ${jsonRpcCode} | \`${code}\` |`,
    );
    expect(rows.filter((row: string) => !text.includes(row))).toEqual([]);
  });
});
