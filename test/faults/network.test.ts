import { networkFaults } from './cases/network.ts';
import { testFaults } from './support/test-faults.ts';

testFaults('network', networkFaults);
