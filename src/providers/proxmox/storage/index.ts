import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { deleteVolume, planDeleteVolume } from './delete-volume.ts';
import { downloadFile, planDownloadFile } from './download-file.ts';
import { listContents } from './list-contents.ts';
import { listStorages } from './list-storages.ts';
import { planUploadFile, uploadFile } from './upload-file.ts';

export const storageOperations = {
  'storage.list': listStorages,
  'storage.contents': listContents,
  'storage.upload': { run: uploadFile, plan: planUploadFile },
  'storage.download': { run: downloadFile, plan: planDownloadFile },
  'storage.delete': { run: deleteVolume, plan: planDeleteVolume },
} satisfies OperationTable<ProxmoxSession>;
