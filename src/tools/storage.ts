import { z } from 'zod';
import { machineReference } from '../model/machine.ts';
import { byteCount } from '../model/primitives.ts';
import { missingStorage, storage, volume, volumeContent, volumeReference } from '../model/storage.ts';
import { defineTool } from './define-tool.ts';
import { hostErrors as errors } from './fields/host-errors.ts';
import { filePath } from './fields/image-path.ts';
import { place } from './fields/place.ts';
import { nodeName, storageName } from './fields/placement.ts';

const node = nodeName.optional().describe('Default: one that has the storage.');
const fileName = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_][\w.+-]*$/, 'must be letters, digits and _ . + -');
const sentContent = z.enum(['iso', 'template', 'import']);
const checksum = z.strictObject({
  algorithm: z.enum(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']),
  value: z.string().regex(/^[0-9a-fA-F]{32,128}$/, 'must be 32 to 128 hexadecimal digits'),
});
const iso = {
  id: 'local:iso/debian.iso',
  host: 'lab',
  node: 'pve1',
  storage: 'local',
  content: 'iso',
  format: 'iso',
  sizeBytes: 661_651_456,
  createdAt: '2026-03-01T12:00:00.000Z',
};

export const storageList = defineTool({
  id: 'storage.list',
  cmdlet: 'Get-VmbStorage',
  group: 'storage',
  summary: 'List the storages of a host with their free space.',
  effect: 'read',
  input: z.strictObject({ ...place, node: nodeName.optional(), content: volumeContent.optional() }),
  output: z.strictObject({ storages: z.array(storage) }),
  main: 'storages',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [
    {
      title: 'All of a host',
      input: { host: 'lab' },
      output: {
        storages: [
          {
            provider: 'proxmox',
            host: 'lab',
            node: 'pve1',
            name: 'local',
            kind: 'dir',
            contents: ['iso', 'backup'],
            shared: false,
            active: true,
            totalBytes: 107_374_182_400,
            usedBytes: 8_589_934_592,
            freeBytes: 98_784_247_808,
          },
        ],
      },
    },
  ],
});

export const storageContents = defineTool({
  id: 'storage.contents',
  cmdlet: 'Get-VmbVolume',
  group: 'storage',
  summary: 'List what lies in the storages of a host: disks, discs, templates, backups.',
  effect: 'read',
  input: z.strictObject({
    ...place,
    storage: storageName.optional(),
    node: nodeName.optional(),
    content: volumeContent.optional(),
    vm: machineReference.optional().describe('Only what belongs to this machine.'),
    limit: z.int().min(1).max(1000).default(200),
    offset: z.int().min(0).default(0),
  }),
  output: z.strictObject({
    volumes: z.array(volume),
    total: z.int(),
    missing: z.array(missingStorage).describe('Storages that did not answer.'),
  }),
  main: 'volumes',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [
    {
      title: 'The discs',
      input: { host: 'lab', content: 'iso' },
      output: { volumes: [iso], total: 1, missing: [] },
    },
  ],
});

export const storageUpload = defineTool({
  id: 'storage.upload',
  cmdlet: 'Send-VmbVolume',
  group: 'storage',
  summary: 'Copy a file from here into a storage.',
  effect: 'create',
  long: true,
  undo: {
    tool: 'storage.delete',
    input: { host: '$output.volume.host', volume: '$output.volume.id', node: '$output.volume.node' },
  },
  input: z.strictObject({
    ...place,
    file: filePath,
    storage: storageName,
    node,
    content: sentContent.optional().describe('Default: by the suffix.'),
    name: fileName.optional().describe('Default: that of the file. Nothing is replaced.'),
    unverified: z.boolean().default(false).describe('Do not have its SHA-256 compared.'),
  }),
  output: z.strictObject({ volume, sha256: z.string().optional() }),
  main: 'volume',
  errors: [...errors, 'host_fault'],
  examples: [
    {
      title: 'A disc',
      input: { host: 'lab', file: '/discs/debian.iso', storage: 'local' },
      output: { volume: iso, sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
    },
  ],
});

export const storageDownload = defineTool({
  id: 'storage.download',
  cmdlet: 'Save-VmbVolume',
  group: 'storage',
  summary: 'Let a host fetch a file from the web into a storage.',
  effect: 'create',
  long: true,
  undo: {
    tool: 'storage.delete',
    input: { host: '$output.volume.host', volume: '$output.volume.id', node: '$output.volume.node' },
  },
  input: z.strictObject({
    ...place,
    url: z
      .string()
      .max(2000)
      .regex(/^https?:\/\/[^\s/@]+(\/\S*)?$/, 'must be an http or https address without credentials'),
    storage: storageName,
    node,
    content: sentContent.optional().describe('Default: by the suffix.'),
    name: fileName.optional().describe('Default: as the server calls it. Nothing is replaced.'),
    checksum: checksum.optional(),
    insecure: z.boolean().default(false).describe('Take any certificate of the server.'),
  }),
  output: z.strictObject({ volume, bytes: byteCount.optional() }),
  main: 'volume',
  errors,
  examples: [
    {
      title: 'A disc',
      input: { host: 'lab', url: 'https://example.org/debian.iso', storage: 'local' },
      output: { volume: iso, bytes: 661_651_456 },
    },
  ],
});

export const storageDelete = defineTool({
  id: 'storage.delete',
  cmdlet: 'Remove-VmbVolume',
  group: 'storage',
  summary: 'Delete a volume of a storage that no machine uses. Cannot be undone.',
  effect: 'destroy',
  long: true,
  undo: { irreversible: 'Deleted volumes can not be brought back.' },
  input: z.strictObject({ ...place, volume: volumeReference, node }),
  output: z.strictObject({ deleted: z.string().describe('Id of the volume.') }),
  errors: [...errors, 'approval_required'],
  examples: [{ title: 'A disc', input: { host: 'lab', volume: iso.id }, output: { deleted: iso.id } }],
});
