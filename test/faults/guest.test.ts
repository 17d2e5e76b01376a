import { guestFaults } from './cases/guest.ts';
import { testFaults } from './support/test-faults.ts';

testFaults('guest', guestFaults);
