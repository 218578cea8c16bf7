using System.Reflection;
using System.Reflection.Emit;

namespace GoApi.ArchitectureTests;

/// <summary>What a type's code refers to: its signatures, and the calls and types in its method bodies, those of lambdas and async methods too.</summary>
internal static class References
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Every type that is named, taken apart: <c>Task&lt;Review[]&gt;</c> refers to Task and Review.</summary>
    public static IReadOnlySet<Type> Of(Type type)
    {
        HashSet<Type> found = [];
        foreach (var part in WithNested(type))
        {
            Add(found, part.BaseType);
            foreach (var port in part.GetInterfaces()) Add(found, port);
            foreach (var attribute in part.CustomAttributes) Add(found, attribute.AttributeType);
            foreach (var field in part.GetFields(Everything)) Add(found, field.FieldType);
            foreach (var method in Methods(part))
            {
                AddSignature(found, method);
                foreach (var member in Used(method)) AddMember(found, member);
                foreach (var local in method.GetMethodBody()?.LocalVariables ?? []) Add(found, local.LocalType);
            }
        }

        return found;
    }

    /// <summary>The methods that a type calls.</summary>
    public static IEnumerable<MethodBase> CallsOf(Type type) => WithNested(type).SelectMany(Methods).SelectMany(Used).OfType<MethodBase>();

    /// <summary>The types in the signatures that others see.</summary>
    public static IReadOnlySet<Type> InSignaturesOf(Type type)
    {
        HashSet<Type> found = [];
        foreach (var port in type.GetInterfaces()) Add(found, port);
        foreach (var method in type.GetMethods(Everything)) AddSignature(found, method);
        return found;
    }

    private static IEnumerable<Type> WithNested(Type type) => type.GetNestedTypes(Everything).SelectMany(WithNested).Prepend(type);

    private static IEnumerable<MethodBase> Methods(Type type) => type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything));

    private static void AddSignature(HashSet<Type> found, MethodBase method)
    {
        if (method is MethodInfo info) Add(found, info.ReturnType);
        foreach (var parameter in method.GetParameters()) Add(found, parameter.ParameterType);
    }

    private static void AddMember(HashSet<Type> found, MemberInfo member)
    {
        Add(found, member as Type ?? member.DeclaringType);
        if (member is FieldInfo field) Add(found, field.FieldType);
        if (member is not MethodBase method) return;
        AddSignature(found, method);
        if (method.IsGenericMethod) foreach (var argument in method.GetGenericArguments()) Add(found, argument);
    }

    private static void Add(HashSet<Type> found, Type? type)
    {
        if (type is null || type.IsGenericParameter) return;
        if (type.HasElementType)
        {
            Add(found, type.GetElementType());
            return;
        }

        if (!found.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type) && !type.IsGenericType) return;
        foreach (var argument in type.GetGenericArguments()) Add(found, argument);
    }

    private static IEnumerable<MemberInfo> Used(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code) yield break;

        var ofType = method.DeclaringType is { IsGenericType: true } generic ? generic.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            // Two-byte codes begin with 0xFE.
            var opCode = OpCodes[code[at] == 0xFE ? unchecked((short)(0xFE00 | code[++at])) : code[at]];
            at++;
            if (opCode.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok
                && method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod) is { } member)
                yield return member;
            at += Size(opCode.OperandType, code, at);
        }
    }

    private static int Size(OperandType operand, byte[] code, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
        _ => 4,
    };
}
