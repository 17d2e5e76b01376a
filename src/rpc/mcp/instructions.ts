/** What a model is told of vmbridge before it sees the tools; also what fields mean that many of them take. */
export const instructions = [
  'vmbridge manages virtual machines of every hypervisor here through one set of tools, and boots disk images.',
  'To find out whether a backup or disk image works, use image_prove: it boots the image without changing it and gives a verdict with evidence.',
  '"vm" takes the id of a machine (such as "qemu:local/web") or its unique name; see vm_list.',
  '"host" takes a name from host_list, and may be left out when there is only one.',
  'Tools that take "wait" answer with "operation" and, once it is done, "result"; after so many seconds with the operation alone: the work goes on, and operation_wait takes its id.',
  'An error names a "remedy" where there is one.',
  'What changes or destroys something is done once a person has approved it: the client asks, or the error names the command that a person runs; then make the same call again. There is no other way, and none is worth looking for.',
  'A change answers with "undo": its "handle" goes to operation_undo, or "irreversible" says why not. Where a tool takes "checkpointFirst", true makes a checkpoint before, by which it can be undone.',
].join(' ');
