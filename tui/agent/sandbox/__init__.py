"""The sandbox: what the commands of the model can reach, held by the kernel.

`policy` says what is allowed, `supervisor_client` starts commands for the program, `supervisor` and
`spawner` are the processes that hold the policy, `enforcement` says what holds in words.
"""
