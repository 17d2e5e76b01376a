import type { Account, Token } from '../access/access-store.ts';
import { permissionError } from '../access/check-access.ts';
import { allPrivileges } from '../access/roles.ts';
import { ApiError, parameterError } from '../schema/api-error.ts';
import type { HandlerCall, Handlers } from '../state/handler.ts';

const users: Handlers = {
  'GET /access/users': ({ cluster, account, params }) =>
    [...cluster.access.users.values()]
      .filter(
        user =>
          user.userid === account.userid ||
          cluster.permissions.hasAny(account, '/access/groups', ['User.Modify', 'Sys.Audit']) ||
          [...user.groups].some(group =>
            cluster.permissions.hasAny(account, `/access/groups/${group}`, ['User.Modify', 'Sys.Audit']),
          ),
      )
      .filter(user => !params.has('enabled') || user.enable === params.flag('enabled'))
      .map(user => ({
        userid: user.userid,
        enable: Number(user.enable),
        expire: user.expire,
        comment: user.comment,
        'realm-type': user.userid.split('@').at(-1),
        ...(params.flag('full')
          ? { groups: [...user.groups].join(','), tokens: [...user.tokens.values()].map(listedToken) }
          : {}),
      })),
  'POST /access/users': ({ cluster, params }) => {
    const userid = params.text('userid');
    if (cluster.access.users.has(userid))
      throw new ApiError(500, `create user failed: user '${userid}' already exists`);
    const user = cluster.access.addUser(userid, params.maybeText('password'), {
      enable: !params.has('enable') || params.flag('enable'),
      expire: params.maybeNumber('expire') ?? 0,
    });
    user.groups = new Set(params.words('groups'));
    const comment = params.maybeText('comment');
    if (comment !== undefined) user.comment = comment;
  },
  'GET /access/users/{userid}': call => {
    const { userid: _, password: __, totp: ___, tokens, groups, enable, ...rest } = requireUser(call);
    const listed = Object.fromEntries([...tokens.values()].map(token => [token.id, readToken(token)]));
    return { ...rest, enable: Number(enable), groups: [...groups], tokens: tokens.size === 0 ? null : listed };
  },
  'PUT /access/users/{userid}': call => {
    const user = requireUser(call);
    const { params } = call;
    if (params.has('enable')) user.enable = params.flag('enable');
    if (params.has('expire')) user.expire = params.number('expire');
    if (params.has('comment')) user.comment = params.text('comment');
    if (params.has('groups'))
      user.groups = new Set([...(params.flag('append') ? user.groups : []), ...params.words('groups')]);
  },
  'DELETE /access/users/{userid}': call => {
    const { userid } = requireUser(call);
    const { access } = call.cluster;
    access.users.delete(userid);
    access.acl = access.acl.filter(entry => entry.ugid !== userid && !entry.ugid.startsWith(`${userid}!`));
  },
};

const tokens: Handlers = {
  'GET /access/users/{userid}/token': call => [...requireUser(call).tokens.values()].map(listedToken),
  'GET /access/users/{userid}/token/{tokenid}': call => readToken(requireToken(call)),
  'POST /access/users/{userid}/token/{tokenid}': call => {
    const { params, cluster } = call;
    const user = requireUser(call);
    const id = params.text('tokenid');
    if (user.tokens.has(id)) throw parameterError({ tokenid: 'Token already exists.' });
    const privsep = !params.has('privsep') || params.flag('privsep');
    const comment = params.maybeText('comment');
    const expire = params.maybeNumber('expire');
    const value = cluster.access.addToken(user.userid, id, {
      privsep,
      ...(expire === undefined ? {} : { expire }),
      ...(comment === undefined ? {} : { comment }),
    });
    return { 'full-tokenid': `${user.userid}!${id}`, info: { privsep: privsep ? '1' : '0', comment, expire }, value };
  },
  'PUT /access/users/{userid}/token/{tokenid}': call => {
    const token = requireToken(call);
    const { params } = call;
    if (params.has('privsep')) token.privsep = params.flag('privsep');
    if (params.has('expire')) token.expire = params.number('expire');
    if (params.has('comment')) token.comment = params.text('comment');
    return readToken(token);
  },
  'DELETE /access/users/{userid}/token/{tokenid}': call => {
    requireUser(call).tokens.delete(requireToken(call).id);
  },
};

const rest: Handlers = {
  'POST /access/ticket': ({ cluster, params }) => {
    const answer = cluster.tickets.login(
      params.text('username'),
      params.text('password'),
      params.maybeText('realm'),
      params.maybeText('tfa-challenge'),
    );
    const account = { userid: answer.username, id: answer.username };
    const cap = answer.NeedTFA === 1 ? {} : { cap: capabilities(cluster, account), clustername: cluster.name };
    return { ...answer, ...cap };
  },
  'GET /access/permissions': call => {
    const { cluster, params, account } = call;
    const asked = accountOf(call);
    if (asked.userid !== account.userid && !cluster.permissions.has(account, '/access', 'Sys.Audit')) {
      throw permissionError('/access, Sys.Audit');
    }
    const path = params.maybeText('path');
    const paths = path === undefined ? interesting(cluster) : [path];
    const found = paths.map(
      at =>
        [
          at,
          Object.fromEntries([...cluster.permissions.of(asked, at)].map(([name, on]) => [name, Number(on)])),
        ] as const,
    );
    return Object.fromEntries(path === undefined ? found.filter(([, held]) => Object.keys(held).length > 0) : found);
  },
  'GET /access/roles': ({ cluster }) =>
    [...cluster.access.roles].map(([roleid, privileges]) => ({
      roleid,
      privs: [...privileges].sort().join(','),
      special: Number(cluster.access.builtIn.has(roleid)),
    })),
  'GET /access/roles/{roleid}': ({ cluster, params }) => {
    const role = cluster.access.roles.get(params.text('roleid'));
    if (role === undefined) throw new ApiError(500, `role '${params.text('roleid')}' does not exist`);
    return Object.fromEntries([...role].map(name => [name, 1]));
  },
  'POST /access/roles': ({ cluster, params }) => {
    const roleid = params.text('roleid');
    if (cluster.access.roles.has(roleid))
      throw new ApiError(500, `create role failed: role '${roleid}' already exists`);
    const known = allPrivileges(cluster.schema.version);
    const wrong = params.words('privs').find(name => !known.includes(name));
    if (wrong !== undefined) throw new ApiError(500, `create role failed: invalid privilege '${wrong}'`);
    cluster.access.roles.set(roleid, new Set(params.words('privs')));
  },
  'GET /access/acl': ({ cluster }) =>
    cluster.access.acl.map(entry => ({ ...entry, propagate: Number(entry.propagate) })),
  'PUT /access/acl': ({ cluster, params }) => {
    const path = params.text('path');
    const propagate = !params.has('propagate') || params.flag('propagate');
    const to = [...params.words('users'), ...params.words('groups').map(name => `@${name}`), ...params.words('tokens')];
    for (const roleid of params.words('roles')) {
      if (!cluster.access.roles.has(roleid))
        throw new ApiError(500, `ACL update failed: role '${roleid}' does not exist`);
      for (const name of to) {
        if (params.flag('delete')) cluster.access.revoke(path, name.replace(/^@/, ''), roleid);
        else cluster.access.grant(path, name, roleid, propagate);
      }
    }
  },
  'GET /access/domains': ({ cluster }) => [...cluster.access.realms].map(([realm, more]) => ({ realm, ...more })),
  'GET /access/groups': ({ cluster }) =>
    [...cluster.access.groups].map(([groupid, { comment }]) => ({
      groupid,
      comment,
      users: membersOf(cluster, groupid).join(','),
    })),
  'POST /access/groups': ({ cluster, params }) => {
    const groupid = params.text('groupid');
    if (cluster.access.groups.has(groupid))
      throw new ApiError(500, `create group failed: group '${groupid}' already exists`);
    const comment = params.maybeText('comment');
    cluster.access.groups.set(groupid, comment === undefined ? {} : { comment });
  },
  'GET /access/groups/{groupid}': ({ cluster, params }) => {
    const groupid = params.text('groupid');
    const group = cluster.access.groups.get(groupid);
    if (group === undefined) throw new ApiError(500, `group '${groupid}' does not exist`);
    return { comment: group.comment, members: membersOf(cluster, groupid) };
  },
};

export const accessHandlers: Handlers = { ...users, ...tokens, ...rest };

function requireUser({ cluster, params }: HandlerCall) {
  const userid = params.text('userid');
  const user = cluster.access.users.get(userid);
  if (user === undefined) throw new ApiError(500, `no such user ('${userid}')`);
  return user;
}

function requireToken(call: HandlerCall): Token {
  const user = requireUser(call);
  const id = call.params.text('tokenid');
  const token = user.tokens.get(id);
  if (token === undefined) throw new ApiError(500, `no such token '${id}' for user '${user.userid}'`);
  return token;
}

function readToken({ privsep, expire, comment }: Token) {
  return { privsep: Number(privsep), expire, comment };
}

function listedToken(token: Token) {
  return { tokenid: token.id, ...readToken(token) };
}

function membersOf(cluster: HandlerCall['cluster'], groupid: string): string[] {
  return [...cluster.access.users.values()].filter(({ groups }) => groups.has(groupid)).map(({ userid }) => userid);
}

function accountOf({ cluster, params, account }: HandlerCall): Account {
  const asked = params.maybeText('userid');
  if (asked === undefined) return account;
  const [userid = '', tokenid] = asked.split('!');
  const token = tokenid === undefined ? undefined : cluster.access.users.get(userid)?.tokens.get(tokenid);
  return { userid, id: asked, ...(token === undefined ? {} : { token }) };
}

/** The paths that the real one lists when none is named. */
function interesting(cluster: HandlerCall['cluster']): string[] {
  const fixed = [
    '/',
    '/access',
    '/access/groups',
    '/access/realm',
    '/nodes',
    '/pool',
    '/sdn',
    '/storage',
    '/vms',
    '/mapping',
  ];
  const named = [
    ...cluster.access.acl.map(({ path }) => path),
    ...[...cluster.pools.keys()].map(name => `/pool/${name}`),
  ];
  const pooled = [...cluster.guests.values()]
    .filter(({ pool }) => pool !== undefined)
    .map(({ vmid }) => `/vms/${vmid}`);
  return [...new Set([...fixed, ...named, ...pooled])];
}

function capabilities(cluster: HandlerCall['cluster'], account: Account) {
  const of = (path: string) =>
    Object.fromEntries([...cluster.permissions.of(account, path)].map(([name]) => [name, 1]));
  return {
    vms: of('/vms'),
    storage: of('/storage'),
    access: of('/access'),
    nodes: of('/nodes'),
    dc: of('/'),
    sdn: of('/sdn'),
  };
}
